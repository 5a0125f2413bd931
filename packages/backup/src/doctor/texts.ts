/** The sentences of the findings. */
import type { FindingCode, FindingFacts } from './finding.ts'

/** Names from a server or an account are shown up to this length. */
const MAX_NAME_SHOWN = 64

/** A name that others chose, on one line. */
function name(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Surrogate}\u2028\u2029]/gu, '\ufffd')
  return `"${line.length > MAX_NAME_SHOWN ? `${line.slice(0, MAX_NAME_SHOWN)}…` : line}"`
}

type Texts<Code extends FindingCode> = {
  readonly [Each in Code]: (facts: FindingFacts[Each]) => string
}

type VersionCode =
  | 'version_unreadable'
  | 'no_backup'
  | 'backup_deleted'
  | 'version_id_unusable'
  | 'unknown_algorithm'
  | 'public_key_missing'
  | 'public_key_malformed'
  | 'identity_unreadable'
  | 'version_unsigned'
  | 'signed_by_unknown_keys'
  | 'signers_not_trusted'
  | 'signatures_invalid'
  | 'master_signature_missing'

const VERSION_TEXTS: Texts<VersionCode> = {
  version_unreadable: ({ version }) =>
    version === null
      ? 'The current backup cannot be read from the server.'
      : `Backup version ${name(version)} cannot be read from the server.`,
  no_backup: () => 'There is no backup: if all devices are lost, so are the room keys.',
  backup_deleted: ({ version }) =>
    `The backup was deleted, and this client still uses version ${name(version)} of it.`,
  version_id_unusable: () => 'The server names the backup version by what no request can carry.',
  unknown_algorithm: ({ version, algorithm }) =>
    `Backup version ${name(version)} is of the algorithm ${name(algorithm)}, which is not known here.`,
  public_key_missing: ({ version }) =>
    `Backup version ${name(version)} has no public key: nothing can be encrypted to it.`,
  public_key_malformed: ({ version, byteLength }) =>
    byteLength === null
      ? `The public key of backup version ${name(version)} cannot be read.`
      : `The public key of backup version ${name(version)} has ${byteLength} bytes, not 32.`,
  identity_unreadable: () => 'The published keys cannot be read, so signatures cannot be checked.',
  version_unsigned: ({ version }) =>
    `Nobody has signed backup version ${name(version)}, so other devices will not use it.`,
  signed_by_unknown_keys: ({ version }) =>
    `Backup version ${name(version)} is signed only by keys that are not published any more.`,
  signers_not_trusted: ({ version }) =>
    `Backup version ${name(version)} is signed, but by nobody who is verified.`,
  signatures_invalid: ({ version, isTrusted }) =>
    isTrusted
      ? `Some signatures on backup version ${name(version)} are not valid, beside others that are.`
      : `The signatures on backup version ${name(version)} are not valid: it was changed, or is broken.`,
  master_signature_missing: ({ version }) =>
    `Only a device has signed backup version ${name(version)}: when it is gone, so is the trust.`,
}

type SecretCode =
  | 'account_data_unreadable'
  | 'no_default_key'
  | 'default_key_malformed'
  | 'default_key_undescribed'
  | 'key_description_malformed'
  | 'storage_key_unsupported'
  | 'storage_key_wrong'
  | 'storage_key_not_default'
  | 'backup_secret_missing'
  | 'backup_secret_under_other_key'
  | 'backup_secret_malformed'
  | 'backup_secret_not_decryptable'
  | 'backup_secret_stale'
  | 'backup_secret_foreign'
  | 'secret_without_backup'

const SECRET_TEXTS: Texts<SecretCode> = {
  account_data_unreadable: ({ type }) => `The account data ${name(type)} cannot be read.`,
  no_default_key: () => 'Secret storage has no default key.',
  default_key_malformed: () => 'What should name the default key of secret storage is broken.',
  default_key_undescribed: ({ keyId }) =>
    `The default key of secret storage is ${name(keyId)}, which the account does not describe.`,
  key_description_malformed: ({ keyId }) =>
    `The description of the storage key ${name(keyId)} is broken.`,
  storage_key_unsupported: ({ keyId }) =>
    `The storage key ${name(keyId)} is of an algorithm that is not known here.`,
  storage_key_wrong: ({ keyId }) => `The given key is not the storage key ${name(keyId)}.`,
  storage_key_not_default: ({ keyId, givenKeyId }) =>
    `The given key is the storage key ${name(givenKeyId)}, but the default one is ${name(keyId)}.`,
  backup_secret_missing: ({ version }) =>
    `The key of backup version ${name(version)} is not in secret storage.`,
  backup_secret_under_other_key: ({ defaultKeyId }) =>
    `The backup key is in secret storage, but the default key ${name(defaultKeyId)} does not open it.`,
  backup_secret_malformed: ({ where }) =>
    where === 'content'
      ? 'What secret storage holds as the backup key is no key.'
      : 'The backup key in secret storage is broken.',
  backup_secret_not_decryptable: ({ keyId }) =>
    `The backup key in secret storage cannot be decrypted with the storage key ${name(keyId)}.`,
  backup_secret_stale: ({ version, opens }) =>
    `The key in secret storage opens backup version ${name(opens)}, not the current ${name(version)}.`,
  backup_secret_foreign: ({ version }) =>
    `The key in secret storage opens neither backup version ${name(version)} nor another one.`,
  secret_without_backup: () => 'Secret storage holds a backup key, but there is no backup.',
}

type StateCode = Exclude<FindingCode, VersionCode | SecretCode>

const STATE_TEXTS: Texts<StateCode> = {
  preference_malformed: ({ type }) =>
    `The account data ${name(type)} says neither that a backup is wanted nor that none is.`,
  preference_conflict: () => 'Two account settings disagree on whether a backup is wanted.',
  preference_off_backup_on: ({ version }) =>
    `The account says that no backup is wanted, and there is version ${name(version)}.`,
  preference_on_backup_off: () => 'The account says that a backup is wanted, and there is none.',
  client_version_gone: ({ version, current }) =>
    `This client uses backup version ${name(version)}, which is gone; the current is ${name(current)}.`,
  client_version_not_current: ({ version, current }) =>
    `This client uses backup version ${name(version)}, but the current one is ${name(current)}.`,
  version_deleted: ({ version, current }) =>
    `Backup version ${name(version)} was deleted, and the older ${name(current)} is current again.`,
  client_key_missing: ({ version }) =>
    `This client has no key of backup version ${name(version)} and cannot read it.`,
  client_key_mismatch: ({ version, isSameVersion }) =>
    isSameVersion
      ? `This client uses backup version ${name(version)} with a key that is not its own.`
      : `The key of this client does not open backup version ${name(version)}.`,
  server_count_lower: ({ serverCount, uploaded }) =>
    `The server has ${serverCount} keys, fewer than the ${uploaded} that were uploaded.`,
  changed_since_seen: ({ version }) =>
    `Backup version ${name(version)} has changed since this client looked last.`,
  double_creation: ({ version, because }) =>
    because === 'same_key'
      ? `Backup version ${name(version)} has the same key as the current one: it was made twice.`
      : `Backup version ${name(version)} was made and never used.`,
  older_version_key_held: ({ version, count }) =>
    `The older backup version ${name(version)} still holds ${count} keys, which can be read.`,
  older_version_key_lost: ({ version, count }) =>
    `The older backup version ${name(version)} holds ${count} keys, and its own key is not stored.`,
  older_version_key_unknown: ({ version, count }) =>
    `The older backup version ${name(version)} holds ${count} keys; whether they can be read is not known.`,
  older_version_broken: ({ version }) =>
    `The older backup version ${name(version)} has no public key that can be read.`,
  superseded_key_unneeded: ({ version }) =>
    `The key of backup version ${name(version)} is kept, and the version is gone.`,
}

const TEXTS: Texts<FindingCode> = { ...VERSION_TEXTS, ...SECRET_TEXTS, ...STATE_TEXTS }

/** The sentence of a finding. */
export function textOf<Code extends FindingCode>(code: Code, facts: FindingFacts[Code]): string {
  return TEXTS[code](facts)
}
