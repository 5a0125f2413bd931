/** An account in order, for tests to break. */
import type { SecretBytes } from '@roomkeys/crypto/secret'
import {
  BACKUP_KEY_SECRET,
  createStorageKey,
  keepSupersededBackupKey,
  type SecretAccountData,
  type SecretStorageKey,
  storeBackupKey,
  writeDefaultKeyId,
  writeKey,
} from '@roomkeys/secret-storage'
import {
  backupVersion,
  type BackupVersionInfo,
  type JsonObject,
  type KeysQueryResponse,
  MEGOLM_BACKUP_V1,
} from '@roomkeys/types'
import { type DecryptionKey, decryptionKeyFromBytes } from '../../src/decryption-key.ts'
import type { ClientFacts, Evidence } from '../../src/doctor/evidence.ts'
import { examine } from '../../src/doctor/examine.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { gatherEvidence, type GatherOptions } from '../../src/doctor/gather.ts'
import type { DoctorPorts } from '../../src/doctor/ports.ts'
import { newVersionRequest } from '../../src/trust/sign-version.ts'
import { answerWith, caller, listed, masterSigner, ownSigner } from '../trust/world.ts'

/** The decryption key of a number. */
export function decryptionKey(number: number): DecryptionKey {
  return decryptionKeyFromBytes(new Uint8Array(32).fill(number))
}

/** Makes a storage key whose bytes are this number. */
export function storageKeyOf(number: number): SecretStorageKey {
  return createStorageKey({ key: new Uint8Array(32).fill(number) })
}

/** The key of the current version, and those of the older ones. */
export const currentKey: DecryptionKey = decryptionKey(31)
export const olderKey: DecryptionKey = decryptionKey(32)
export const foreignKey: DecryptionKey = decryptionKey(33)

/** Everything that the examination reads, changeable. */
export interface Account {
  current: string | null
  readonly versions: Map<string, BackupVersionInfo>
  readonly content: Map<string, unknown>
  readonly accountData: SecretAccountData
  readonly storageKey: SecretStorageKey
  answer: KeysQueryResponse
  client: ClientFacts | null
  /** Given to the examination. */
  given: SecretBytes | null
  /** Calls that fail: a version, a type of account data, `keys`, or `current`. */
  readonly failing: Map<string, Error>
}

/** A version; signed by master key and own device. */
export function versionInfo(
  version: string,
  { publicKey }: DecryptionKey,
  changes: Partial<BackupVersionInfo> = {},
): BackupVersionInfo {
  const signers = [masterSigner, ownSigner]
  const body = newVersionRequest({ algorithm: MEGOLM_BACKUP_V1, publicKey, signers })
  return { ...body, count: 10, etag: 'e', version: backupVersion(version), ...changes }
}

/** Adds a version that is not the current one. */
export function leaveBehind(
  { versions }: Account,
  version: string,
  {
    key = olderKey,
    ...changes
  }: Partial<BackupVersionInfo> & { readonly key?: DecryptionKey } = {},
): void {
  versions.set(version, versionInfo(version, key, changes))
}

/** Changes `auth_data` of the current version. */
export function changeAuthData(
  account: Account,
  change: (authData: JsonObject) => JsonObject,
): void {
  changeCurrent(account, ({ auth_data }) => ({ auth_data: change(auth_data) }))
}

/** Changes the current version. */
export function changeCurrent(
  { versions, current }: Account,
  change: (info: BackupVersionInfo) => Partial<BackupVersionInfo>,
): void {
  const info = versions.get(current ?? '')
  if (current === null || info === undefined) throw new TypeError('There is no current version')
  versions.set(current, { ...info, ...change(info) })
}

/** Changes what the client knows. */
export function changeClient(account: Account, changes: Partial<ClientFacts>): void {
  if (account.client === null) throw new TypeError('There is no client')
  account.client = { ...account.client, ...changes }
}

/** Stores a decryption key as the backup's, under some storage keys alone. */
export async function storeOnly(
  { accountData, content }: Account,
  key: DecryptionKey,
  keys: readonly SecretStorageKey[],
): Promise<void> {
  content.delete(BACKUP_KEY_SECRET)
  await storeBackupKey(accountData, { backupKey: key.privateKey.expose(), keys })
}

/** Keeps a superseded key. */
export async function keep(account: Account, version: string, key: DecryptionKey): Promise<void> {
  const { accountData, storageKey } = account
  const backupKey = key.privateKey.expose()
  await keepSupersededBackupKey(accountData, { version, backupKey, keys: [storageKey] })
}

function memory(content: Map<string, unknown>): SecretAccountData {
  return {
    get: (type) => Promise.resolve(content.get(type) ?? null),
    set: (type, value) => Promise.resolve(void content.set(type, value)),
  }
}

/** An account in order: version 3, signed, its key in secret storage and in the client. */
export async function makeAccount(): Promise<Account> {
  const content = new Map<string, unknown>([['m.key_backup', { enabled: true }]])
  const accountData = memory(content)
  const storageKey = storageKeyOf(41)
  await writeKey(accountData, storageKey)
  await writeDefaultKeyId(accountData, storageKey.keyId)
  const { publicKey } = currentKey
  const account: Account = {
    current: '3',
    versions: new Map([['3', versionInfo('3', currentKey)]]),
    content,
    accountData,
    storageKey,
    answer: answerWith(listed),
    client: { version: '3', publicKey, etag: 'e', total: 10, pending: 0 },
    given: storageKey.key,
    failing: new Map(),
  }
  await storeOnly(account, currentKey, [storageKey])
  return account
}

/** The ports of an account. */
export function portsOf({ versions, current, content, answer, failing }: Account): DoctorPorts {
  const answerTo = <T>(name: string, value: T): Promise<T> => {
    const error = failing.get(name)
    return error === undefined ? Promise.resolve(value) : Promise.reject(error)
  }
  return {
    currentVersion: () => answerTo('current', versions.get(current ?? '') ?? null),
    readVersion: (version) => answerTo(version, versions.get(version) ?? null),
    accountData: (type) => answerTo(type, content.get(type) ?? null),
    queryKeys: () => answerTo('keys', answer),
  }
}

/** The evidence of an account. */
export function evidenceOf(
  account: Account,
  options: Partial<GatherOptions> = {},
): Promise<Evidence> {
  const { client, given } = account
  return gatherEvidence(portsOf(account), {
    caller,
    ...(client === null ? {} : { client }),
    ...(given === null ? {} : { storageKey: given }),
    ...options,
  })
}

/** What is found in an account. */
export async function findingsOf(
  account: Account,
  options: Partial<GatherOptions> = {},
): Promise<readonly Finding[]> {
  return examine(await evidenceOf(account, options))
}
