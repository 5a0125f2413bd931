/** Encrypted keys with the key that opens them: a snapshot, or a version on the server. */
import type { BackupAlgorithm, BackupEntry, DecryptionKey } from '@roomkeys/backup'
import { BackupError } from '@roomkeys/backup'
import { roomId } from '@roomkeys/types'
import { openVersionKey } from '../account/given-key.ts'
import type { CommandContext } from '../context.ts'
import type { FilteredAddress, SessionFilter } from '../keys/session-filter.ts'
import { readSnapshotKey } from '../keys/snapshot-key.ts'
import { algorithmNamed } from './algorithms.ts'
import { openServer } from './server.ts'
import { openSnapshot } from './snapshot.ts'

/** Encrypted keys. */
export interface EncryptedKeys {
  /** For people. */
  readonly name: string
  readonly algorithm: BackupAlgorithm
  readonly key: DecryptionKey
  /** How many there will be; `null` when nobody knows. */
  readonly total: (filter: SessionFilter) => number | null
  /** Those that are wanted, and as little else as the source allows. */
  readonly entries: (
    filter: SessionFilter,
    isWanted: (address: FilteredAddress) => boolean,
    signal: AbortSignal,
  ) => AsyncGenerator<BackupEntry>
}

function isEverything({ rooms, sessions }: SessionFilter): boolean {
  return rooms.length + sessions.length === 0
}

async function* wanted(
  entries: AsyncIterable<BackupEntry>,
  isWanted: (address: FilteredAddress) => boolean,
): AsyncGenerator<BackupEntry> {
  for await (const entry of entries) if (isWanted(entry)) yield entry
}

async function fromSnapshot(context: CommandContext, path: string): Promise<EncryptedKeys> {
  const snapshot = await openSnapshot(path)
  const { algorithm, version } = snapshot
  return {
    name: path,
    algorithm,
    key: await readSnapshotKey(context, snapshot),
    total: (filter) => (isEverything(filter) ? (version?.count ?? null) : null),
    entries: (_, isWanted, signal) => wanted(snapshot.entries(signal), isWanted),
  }
}

async function fromServer(context: CommandContext): Promise<EncryptedKeys> {
  const { account, version } = await openServer(context)
  const { key } = await openVersionKey(context, account, version)
  const algorithm = algorithmNamed(version.algorithm)
  if (algorithm === null)
    throw new BackupError('unsupported_algorithm', 'The algorithm of the backup is not known here')
  return {
    name: `backup version ${version.version}`,
    algorithm,
    key,
    total: (filter) => (isEverything(filter) ? version.count : null),
    entries: async function* ({ rooms }, isWanted, signal) {
      // Rooms are read one by one: the whole backup may be a thousand times larger.
      const reads =
        rooms.length === 0 ? [{}] : [...new Set(rooms)].map((id) => ({ roomId: roomId(id) }))
      for (const read of reads)
        yield* wanted(account.api.readKeys(version.version, { ...read, signal }), isWanted)
    },
  }
}

/** Opens the snapshot of `--from`, or the backup on the server. */
export async function openEncryptedKeys(context: CommandContext): Promise<EncryptedKeys> {
  const path = context.options.text('from')
  return path === null ? fromServer(context) : fromSnapshot(context, path)
}
