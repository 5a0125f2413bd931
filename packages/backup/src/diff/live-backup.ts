/** The current backup of an account, with its key. */
import type { Agreements, SharedSecrets } from '@roomkeys/crypto/x25519'
import type { RandomBytes } from '@roomkeys/crypto/bytes'
import type { BackupVersionInfo } from '@roomkeys/types'
import type { BackupAlgorithm, MacPolicy } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import { readCurrentVersion, requireMatch } from '../current-version.ts'
import type { BackupEntry } from '../entry.ts'
import { BackupError } from '../errors.ts'
import type { OpenEntries, OpenEntriesOptions } from '../open-entries.ts'
import { ApiError } from '../ports/api-error.ts'
import { callOptions } from '../ports/call-options.ts'
import type { RoomKeysApi, SessionAddress } from '../ports/room-keys-api.ts'
import type { ProvenanceOptions } from '../provenance.ts'
import type { SealEntries } from '../seal-entries.ts'
import { serverCopies } from '../upload/server-copies.ts'

/** A backup on a server, and what it is read and written with. */
export interface LiveBackup extends Pick<ProvenanceOptions, 'backupMacInV1'> {
  readonly api: RoomKeysApi
  /** The key of the backup. Whether it comes from a trusted place is for the caller to have decided. */
  readonly key: DecryptionKey
  /** Algorithms that are accepted. */
  readonly algorithms: readonly BackupAlgorithm[]
  /** Which MACs are accepted; the deployed one alone by default. */
  readonly macPolicy?: MacPolicy
  /** Provider of shared secrets; the platform's by default. */
  readonly sharedSecrets?: SharedSecrets
  /** Provider of agreements, for writing; the platform's by default. */
  readonly agree?: Agreements
  /** Source of ephemeral keys where `agree` is absent. */
  readonly random?: RandomBytes
  /** Opens the entries: that of a pool, on all cores. In this thread by default. */
  readonly openEntries?: OpenEntries
  /** Seals the keys: that of a pool, on all cores. In this thread by default. */
  readonly sealEntries?: SealEntries
}

/** A backup whose version was read, and whose key is the version's. */
export interface OpenBackup extends LiveBackup {
  readonly version: BackupVersionInfo
  readonly algorithm: BackupAlgorithm
}

/** The entries that the backup holds now of these sessions; none for what it lacks. */
export function copiesIn(
  { api, version }: OpenBackup,
  addresses: readonly SessionAddress[],
  signal: AbortSignal | undefined,
): AsyncGenerator<BackupEntry> {
  return serverCopies(api, { version, addresses }, callOptions({ signal }))
}

/**
 * Reads the current version and matches the key with it.
 *
 * @throws BackupError `no_backup`, `wrong_key`, `unsupported_algorithm` or `malformed_auth_data`
 * @throws ApiError
 */
export async function openBackup(backup: LiveBackup, signal?: AbortSignal): Promise<OpenBackup> {
  const version = await readCurrentVersion(backup.api, callOptions({ signal }))
  return { ...backup, version, algorithm: requireMatch(version, backup).algorithm }
}

/** How the entries of a backup are opened. */
export function openingOf(backup: OpenBackup, signal: AbortSignal | undefined): OpenEntriesOptions {
  const { algorithm, key, macPolicy, sharedSecrets } = backup
  return {
    algorithm,
    key,
    ...(macPolicy && { macPolicy }),
    ...(sharedSecrets && { sharedSecrets }),
    ...callOptions({ signal }),
  }
}

/** What the entries of a backup are taken for. */
export function policyOf({ algorithm, backupMacInV1 = 'ignored' }: OpenBackup): ProvenanceOptions {
  return { algorithm, backupMacInV1 }
}

/** A version that is replaced or deleted meanwhile ends the flow, and says so. */
export function explained(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error
  if (error.code !== 'version_not_found' && error.code !== 'wrong_version') return error
  const message = 'The backup was replaced meanwhile; start again to use its successor'
  return new BackupError('version_changed', message, { cause: error })
}
