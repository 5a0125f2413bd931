/** Opening entries of an old version, with every key that may fit. */
import type { MegolmSession } from '@roomkeys/megolm'
import { callOptions } from '../ports/call-options.ts'
import { collect } from '../collect.ts'
import type { BackupAlgorithm } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import type { BackupEntry, EntryOutcome, OpenedEntry } from '../entry.ts'
import type { FailureReason } from '../errors.ts'
import { type Entries, openBeside } from '../open-beside.ts'
import { sessionUnder } from '../session-key.ts'
import { type Keys, tryKeys } from '../try-keys.ts'
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

/** An entry, and what became of it. */
export interface TriedEntry {
  readonly entry: BackupEntry
  readonly reading: Reading
}

/** What another key may cure. */
const OF_THE_KEY: readonly FailureReason[] = [
  'mac_mismatch',
  'backup_mac_mismatch',
  'bad_ciphertext',
]

/** How entries are written. */
export interface Opening {
  readonly algorithm: BackupAlgorithm
  /** The key of the version first. */
  readonly keys: Keys
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

async function* openWith(
  { macPolicy, sharedSecrets, openEntries, signal }: RotateOptions,
  entries: Entries,
  how: Pick<ReadEntry, 'key' | 'algorithm'>,
): AsyncGenerator<readonly TriedEntry[]> {
  const given = {
    ...(macPolicy === undefined ? {} : { macPolicy }),
    ...(sharedSecrets === undefined ? {} : { sharedSecrets }),
    ...(openEntries === undefined ? {} : { openEntries }),
    ...callOptions({ signal }),
  }
  for await (const batch of openBeside(entries, { ...how, ...given }))
    yield batch.map(({ entry, outcome }) => ({ entry, reading: readingOf(entry, outcome, how) }))
}

function distinct([first, ...others]: Keys): Keys {
  const byPublicKey = new Map(others.map((key) => [key.publicKey, key]))
  byPublicKey.delete(first.publicKey)
  return [first, ...byPublicKey.values()]
}

/**
 * Opens entries, in their order, some at a time. The reason of one that no key opens is what the
 * version's own key says of it.
 */
export function openEach(
  options: RotateOptions,
  entries: Entries,
  { algorithm, keys }: Opening,
): AsyncGenerator<readonly TriedEntry[]> {
  return tryKeys<TriedEntry>(entries, distinct(keys), {
    attempt: (some, key) => openWith(options, some, { algorithm, key }),
    isLeft: ({ reading }) => typeof reading === 'string' && OF_THE_KEY.includes(reading),
    wins: ({ reading }) => typeof reading !== 'string',
  })
}

/** Opens a few entries. */
export async function openAll(
  options: RotateOptions,
  entries: readonly BackupEntry[],
  opening: Opening,
): Promise<readonly TriedEntry[]> {
  return (await collect(openEach(options, entries, opening))).flat()
}
