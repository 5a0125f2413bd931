/** Which key of the account a given key is. Backup keys and secret-storage keys look alike. */
import { type DecryptionKey, decryptionKeyFromBytes, matchKey } from '@roomkeys/backup'
import { readBackupKey, type SecretStorageKey } from '@roomkeys/secret-storage'
import type { BackupVersionInfo } from '@roomkeys/types'
import type { Account } from './account.ts'
import { ALGORITHMS } from './algorithms.ts'
import { tryUnlockStorage } from './given-key.ts'
import { DEFAULT_PROBES, olderVersions } from './older-versions.ts'

/** What a key is to an account. */
export type KeyIdentity =
  | { readonly kind: 'backup_key'; readonly version: string }
  | {
      readonly kind: 'secret_storage_key'
      readonly key_id: string
      /** `unknown`: its description has no check, so it is only assumed to be right. */
      readonly check: 'match' | 'unknown'
      /** Whether the backup key that it holds opens the current backup; `null` without either. */
      readonly opens_backup: boolean | null
    }
  | { readonly kind: 'older_backup_key'; readonly version: string }
  | { readonly kind: 'neither'; readonly reason: string }

/** Whether a key opens a version; one that cannot be read is opened by none. */
export function opensVersion(version: BackupVersionInfo, key: DecryptionKey): boolean {
  try {
    return matchKey(version, key, ALGORITHMS).kind === 'match'
  } catch {
    // `malformed_auth_data`: there is no public key to compare with.
    return false
  }
}

interface Question {
  readonly account: Account
  readonly key: DecryptionKey
  readonly current: BackupVersionInfo | null
  readonly signal: AbortSignal
}

async function asStorageKey(
  { account, current, signal }: Question,
  storage: SecretStorageKey,
): Promise<KeyIdentity> {
  const stored = await readBackupKey(account.accountData, storage, { signal })
  const key = stored === null ? null : decryptionKeyFromBytes(stored.expose())
  const opens_backup = key === null || current === null ? null : opensVersion(current, key)
  return { kind: 'secret_storage_key', key_id: storage.keyId, check: storage.check, opens_backup }
}

async function amongOlder({
  account,
  key,
  current,
  signal,
}: Question): Promise<KeyIdentity | null> {
  if (current === null) return null
  const search = { current: current.version, limit: DEFAULT_PROBES, signal }
  for await (const older of olderVersions(account.api, search))
    if (older.state === 'read' && opensVersion(older.info, key))
      return { kind: 'older_backup_key', version: older.info.version }
  return null
}

function neither({ current }: Question): KeyIdentity {
  const publicKey = current?.auth_data['public_key']
  const backup =
    typeof publicKey === 'string'
      ? 'the backup is encrypted to another key'
      : 'there is no backup that can be compared'
  return { kind: 'neither', reason: `${backup}, and it is not the key of secret storage` }
}

/** Tells which key this is. */
export async function identify(
  account: Account,
  key: DecryptionKey,
  signal: AbortSignal,
): Promise<KeyIdentity> {
  const current = await account.api.currentVersion({ signal })
  if (current !== null && opensVersion(current, key))
    return { kind: 'backup_key', version: current.version }
  const question = { account, key, current, signal }
  const storage = await tryUnlockStorage(account, { kind: 'key', key }, signal)
  if (storage !== null) return asStorageKey(question, storage)
  return (await amongOlder(question)) ?? neither(question)
}

/** The identity in a sentence. */
export function identityText(identity: KeyIdentity): string {
  switch (identity.kind) {
    case 'backup_key':
      return `It is the key of the current backup, version ${identity.version}.`
    case 'older_backup_key':
      return `It is the key of an older backup, version ${identity.version}.`
    case 'neither':
      return `It is neither the backup key nor the secret-storage key: ${identity.reason}.`
    case 'secret_storage_key':
      return [
        `It is the secret-storage key (${identity.key_id}).`,
        ...(identity.check === 'unknown'
          ? ['Its description has no check, so that is assumed.']
          : []),
        identity.opens_backup === true
          ? 'The backup key that it holds opens the current backup.'
          : 'It holds no key that opens the current backup.',
      ].join(' ')
  }
}
