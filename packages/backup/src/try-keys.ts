/** Opening entries with several keys: the one that they should be of, then others for what is left. */
import type { DecryptionKey } from './decryption-key.ts'
import type { BackupEntry } from './entry.ts'
import type { Entries } from './open-beside.ts'

/** The backup's key first. */
export type Keys = readonly [DecryptionKey, ...(readonly DecryptionKey[])]

/** How entries are tried. `T` is an entry with what a key made of it. */
export interface Trial<T extends { readonly entry: BackupEntry }> {
  /** Tries a key on entries, in their order, some at a time. */
  readonly attempt: (entries: Entries, key: DecryptionKey) => AsyncIterable<readonly T[]>
  /** Whether another key may make more of it. */
  readonly isLeft: (tried: T) => boolean
  /** Whether what another key made of it takes the place of what those before did. */
  readonly wins: (tried: T) => boolean
}

async function tryOthers<T extends { readonly entry: BackupEntry }>(
  first: readonly T[],
  others: readonly DecryptionKey[],
  { attempt, isLeft, wins }: Trial<T>,
): Promise<readonly T[]> {
  const all = [...first]
  for (const key of others) {
    const left = [...all.entries()].filter(([, tried]) => isLeft(tried))
    if (left.length === 0) break
    const places = left.values()
    const entries = left.map(([, { entry }]) => entry)
    for await (const batch of attempt(entries, key))
      for (const next of batch) {
        const [at] = places.next().value ?? []
        if (at !== undefined && wins(next)) all[at] = next
      }
  }
  return all
}

/** Tries keys on entries: one result for each, in their order, some at a time. */
export async function* tryKeys<T extends { readonly entry: BackupEntry }>(
  entries: Entries,
  [first, ...others]: Keys,
  trial: Trial<T>,
): AsyncGenerator<readonly T[]> {
  for await (const batch of trial.attempt(entries, first)) yield tryOthers(batch, others, trial)
}
