/** Opening entries of an old version, with every key that may fit. */
import type { MegolmSession } from '@roomkeys/megolm'
import { callOptions } from '../ports/call-options.ts'
import { collect } from '../collect.ts'
import type { BackupAlgorithm } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import type { BackupEntry, EntryOutcome, OpenedEntry } from '../entry.ts'
import type { FailureReason } from '../errors.ts'
import { openEntries } from '../open-entries.ts'
import { sessionUnder } from '../session-key.ts'
import type { RotateOptions } from './options.ts'

/** An entry that was opened. */
export interface ReadEntry {
  readonly entry: BackupEntry
  readonly opened: OpenedEntry
  readonly megolm: MegolmSession
  /** The key that opened it. */
  readonly key: DecryptionKey
  /** The algorithm that it is written in. */
  readonly algorithm: BackupAlgorithm
}

/** What became of an entry: it, or why it cannot be opened by any key. */
export type Reading = ReadEntry | FailureReason

/** What another key may cure. */
const OF_THE_KEY: readonly FailureReason[] = [
  'mac_mismatch',
  'backup_mac_mismatch',
  'bad_ciphertext',
]

/** How entries are written. */
export interface Opening {
  readonly algorithm: BackupAlgorithm
  /** The key of the version first; never empty. */
  readonly keys: readonly DecryptionKey[]
}

async function openWith(
  { macPolicy, sharedSecrets, signal }: RotateOptions,
  entries: readonly BackupEntry[],
  { algorithm, key }: { readonly algorithm: BackupAlgorithm; readonly key: DecryptionKey },
): Promise<readonly EntryOutcome[]> {
  const given = {
    ...(macPolicy === undefined ? {} : { macPolicy }),
    ...(sharedSecrets === undefined ? {} : { sharedSecrets }),
    ...callOptions({ signal }),
  }
  return collect(openEntries(entries, { algorithm, key, ...given }))
}

function readingOf(
  entry: BackupEntry,
  outcome: EntryOutcome,
  how: Pick<ReadEntry, 'key' | 'algorithm'>,
): Reading {
  if (outcome.status === 'failed') return outcome.reason
  const megolm = sessionUnder(entry.sessionId, outcome.session)
  return { entry, opened: outcome, megolm, ...how }
}

/**
 * Opens a batch of entries, in their order. The reason of one that no key opens is what the version's
 * own key says of it.
 */
export async function openAll(
  options: RotateOptions,
  entries: readonly BackupEntry[],
  { algorithm, keys }: Opening,
): Promise<readonly Reading[]> {
  const readings = new Map<BackupEntry, Reading>()
  let left = entries
  for (const key of new Map(keys.map((one) => [one.publicKey, one])).values()) {
    if (left.length === 0) break
    const outcomes = await openWith(options, left, { algorithm, key })
    for (const [position, entry] of left.entries()) {
      const outcome = outcomes[position]
      if (outcome === undefined) throw new TypeError('Every entry has an outcome')
      if (outcome.status === 'opened' || !readings.has(entry))
        readings.set(entry, readingOf(entry, outcome, { key, algorithm }))
    }
    left = left.filter((entry) => {
      const reading = readings.get(entry)
      return typeof reading === 'string' && OF_THE_KEY.includes(reading)
    })
  }
  return entries.map((entry) => {
    const reading = readings.get(entry)
    if (reading === undefined) throw new TypeError('There is a key to open entries with')
    return reading
  })
}
