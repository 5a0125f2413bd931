/** A snapshot of a backup: its entries, and what is known of its version. */
import type { BackupAlgorithm, BackupEntry, DecryptionKey } from '@roomkeys/backup'
import { BackupError, matchKey } from '@roomkeys/backup'
import { entriesOfStream } from '@roomkeys/backup/entry-stream'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import type { BackupVersionInfo } from '@roomkeys/types'
import { CliError } from '../errors.ts'
import { ALGORITHMS } from '../account/algorithms.ts'
import { algorithmNamed, algorithmOf } from './algorithms.ts'
import { kindOfFile } from './file-kind.ts'
import { bytesOf } from './read-file.ts'
import { readRecord } from './snapshot-record.ts'

/** A snapshot. */
export interface Snapshot {
  readonly path: string
  readonly algorithm: BackupAlgorithm
  /** `null` when there is no record beside it. */
  readonly version: BackupVersionInfo | null
  /** Reads the file from its beginning. */
  readonly entries: (signal?: AbortSignal) => AsyncGenerator<BackupEntry>
}

function entriesAt(path: string, signal?: AbortSignal): AsyncGenerator<BackupEntry> {
  return entriesOfStream(bytesOf(path, signal))
}

/** The algorithm that the first entry looks like. */
async function guessAlgorithm(path: string): Promise<BackupAlgorithm> {
  for await (const entry of entriesAt(path)) return algorithmOf(entry)
  return megolmBackupV1
}

async function algorithmAt(
  path: string,
  version: BackupVersionInfo | null,
): Promise<BackupAlgorithm> {
  if (version === null) return guessAlgorithm(path)
  const named = algorithmNamed(version.algorithm)
  if (named !== null) return named
  throw new BackupError('unsupported_algorithm', 'The snapshot is of an algorithm not known here')
}

async function assertNoKeyFile(path: string): Promise<void> {
  if ((await kindOfFile(path)) !== 'key_export') return
  throw new CliError('bad_file', `${path} is a key export file, not a snapshot.`, {
    hint: 'roomkeys file decrypt opens it.',
  })
}

/**
 * Opens a snapshot.
 *
 * @throws CliError `bad_file`; BackupError `unsupported_algorithm`, or `malformed_keys` when it is no
 * snapshot
 */
export async function openSnapshot(path: string): Promise<Snapshot> {
  await assertNoKeyFile(path)
  const version = (await readRecord(path))?.version ?? null
  return {
    path,
    algorithm: await algorithmAt(path, version),
    version,
    entries: (signal) => entriesAt(path, signal),
  }
}

/**
 * Checks a key against the snapshot's version, where that is known.
 *
 * @throws CliError `wrong_key`
 */
export function assertKey({ version }: Snapshot, key: DecryptionKey): void {
  if (version === null || matchKey(version, key, ALGORITHMS).kind === 'match') return
  throw new CliError('wrong_key', 'The snapshot is encrypted to another key than this one.', {
    hint: 'If this is the key of secret storage: roomkeys secret get m.megolm_backup.v1 -o FILE gets the key of the backup; give that FILE with --recovery-key-file.',
  })
}
