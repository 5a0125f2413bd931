/**
 * Trust in a version, as far as the published keys of the account and the person's own secrets tell. The
 * published keys alone prove nothing: the server could have made all of them.
 */
import {
  inspectAuthData,
  type TrustReport,
  uploadTrust,
  type UploadTrust,
} from '@roomkeys/backup/trust'
import { type DecryptionKey, decryptionKeyFromBytes } from '@roomkeys/backup'
import {
  type CallerTrust,
  type Comparison,
  inspectUser,
  trustedKeys,
} from '@roomkeys/cross-signing'
import { readBackupKey } from '@roomkeys/secret-storage'
import { queryKeys } from '@roomkeys/transport/account'
import type { BackupVersionInfo, KeysQueryResponse } from '@roomkeys/types'
import { readStoredMasterKey } from '../keys/master-key.ts'
import type { Account } from './account.ts'
import { type Given, tryUnlockStorage } from './given-key.ts'
import { opensVersion } from './identify.ts'

/** What is seen on a version, and what follows. */
export interface VersionTrust {
  readonly report: TrustReport
  readonly conclusion: UploadTrust
  /** The published master key beside the one in secret storage; `null` when none is published. */
  readonly masterKey: Comparison | null
}

/** What the person's own secrets prove. */
interface Proof {
  /** Typed by the person, or stored where only they can store. */
  readonly key: DecryptionKey | null
  /** Public key of the stored master key, base64. */
  readonly masterKey: string | null
}

/** The published keys of the account. */
export function readPublishedKeys(
  { homeserver, userId }: Account,
  signal: AbortSignal,
): Promise<KeysQueryResponse> {
  return queryKeys(homeserver, { body: { device_keys: { [userId]: [] } } }, { signal })
}

/** The caller, who knows a master key by other means, or none. */
export function callerOf({ userId }: Account, masterKey: string | null): CallerTrust {
  return masterKey === null ? { userId } : { userId, masterKeys: new Map([[userId, masterKey]]) }
}

async function proofOf(
  account: Account,
  { version, given, signal }: TrustQuestion,
): Promise<Proof> {
  if (given === null) return { key: null, masterKey: null }
  if (given.kind === 'key' && opensVersion(version, given.key))
    return { key: given.key, masterKey: null }
  const storage = await tryUnlockStorage(account, given, signal)
  if (storage === null) return { key: null, masterKey: null }
  const stored = await readBackupKey(account.accountData, storage, { signal })
  const key = stored === null ? null : decryptionKeyFromBytes(stored.expose())
  return { key, masterKey: await readStoredMasterKey(account.accountData, storage, { signal }) }
}

/** What is asked about. */
export interface TrustQuestion {
  readonly version: BackupVersionInfo
  /** What the person gave, or `null`. */
  readonly given: Given | null
  readonly signal: AbortSignal
}

/**
 * Looks at `auth_data` of a version.
 *
 * @throws TransportError; SecretStorageError or CrossSigningError when a stored secret is none
 */
export async function readTrust(account: Account, question: TrustQuestion): Promise<VersionTrust> {
  const { version, signal } = question
  const { key, masterKey } = await proofOf(account, question)
  const published = await readPublishedKeys(account, signal)
  const user = inspectUser(published, account.userId, callerOf(account, masterKey))
  const held = key === null ? {} : { held: { key, source: 'trusted' } as const }
  const report = inspectAuthData(version.auth_data, { user, trusted: trustedKeys(user), ...held })
  const comparison = user.identity.master?.pin ?? null
  return { report, conclusion: uploadTrust(report), masterKey: comparison }
}
