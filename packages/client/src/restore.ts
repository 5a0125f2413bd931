/**
 * Restoring a backup: every key out of it, one outcome for each, and a report.
 *
 * The key is matched with the version before anything is downloaded. Stopping early, by leaving the
 * loop or by the signal, leaves nothing behind.
 */
import {
  type BackupAlgorithm,
  type BackupEntry,
  type DecryptionKey,
  type EntryOutcome,
  matchKey,
} from '@roomkeys/backup'
import { entriesOfStream } from '@roomkeys/backup/entry-stream'
import { getCurrentBackupVersion, type Homeserver, isTransportError } from '@roomkeys/transport'
import { streamRoomKeys } from '@roomkeys/transport/stream'
import type { BackupVersionInfo } from '@roomkeys/types'
import type { CallOptions, ClientContext } from './context.ts'
import { ClientError } from './errors.ts'
import { count, NO_COUNTS, reportOf, type RestoreReport } from './report.ts'

/** What happens during a restore, in this order; `entry` once for each entry. */
export type RestoreEvent =
  /** The current version was read, and the key is its key. */
  | { readonly type: 'version'; readonly version: BackupVersionInfo }
  | {
      readonly type: 'entry'
      readonly outcome: EntryOutcome
      /** Entries done, this one included. */
      readonly done: number
      /** Entries that the server announced, or those that are done, if it sends more. */
      readonly total: number
    }
  | { readonly type: 'finished'; readonly report: RestoreReport }

async function currentVersion(
  homeserver: Homeserver,
  options: CallOptions,
): Promise<BackupVersionInfo> {
  const version = await getCurrentBackupVersion(homeserver, options)
  if (version !== null) return version
  throw new ClientError('no_backup', 'This account has no key backup on this server')
}

function algorithmFor(
  version: BackupVersionInfo,
  key: DecryptionKey,
  algorithms: readonly BackupAlgorithm[],
): BackupAlgorithm {
  const match = matchKey(version, key, algorithms)
  if (match.kind === 'match') return match.algorithm
  if (match.kind === 'mismatch')
    throw new ClientError('wrong_key', 'The backup is encrypted to another key than this one')
  throw new ClientError('unsupported_algorithm', 'The backup is of an algorithm not known here')
}

/** A version that goes away while it is read. */
function explained(error: unknown): unknown {
  if (!isTransportError(error) || error.code !== 'not_found') return error
  const message = 'The backup was deleted while it was read; start again to use its successor'
  return new ClientError('version_gone', message, { cause: error })
}

/** The entries as they arrive; the answer is never held whole. */
async function* download(
  homeserver: Homeserver,
  { version }: BackupVersionInfo,
  options: CallOptions,
): AsyncGenerator<BackupEntry> {
  try {
    yield* entriesOfStream(streamRoomKeys(homeserver, { version }, options))
  } catch (error) {
    throw explained(error)
  }
}

/**
 * Restores the current backup.
 *
 * @throws ClientError when there is nothing to restore, or not with this key
 * @throws BackupError `malformed_auth_data`, or `malformed_keys` when the answer is not as specified or
 * breaks off
 * @throws TransportError when the server cannot be reached or answers wrongly
 * @throws the signal's reason when it is aborted
 */
export async function* restore(
  context: ClientContext,
  key: DecryptionKey,
  options: CallOptions = {},
): AsyncGenerator<RestoreEvent> {
  const { homeserver, algorithms, macPolicy, sharedSecrets, openEntries } = context
  const version = await currentVersion(homeserver, options)
  const algorithm = algorithmFor(version, key, algorithms)
  yield { type: 'version', version }

  let counts = NO_COUNTS
  let done = 0
  const entries = download(homeserver, version, options)
  const opening = { algorithm, key, macPolicy, ...(sharedSecrets && { sharedSecrets }), ...options }
  for await (const outcome of openEntries(entries, opening)) {
    counts = count(counts, outcome)
    done += 1
    yield { type: 'entry', outcome, done, total: Math.max(version.count, done) }
  }
  yield { type: 'finished', report: reportOf(version, done, counts) }
}
