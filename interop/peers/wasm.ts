/**
 * The Rust crypto stack, as `@matrix-org/matrix-sdk-crypto-wasm` ships it: the few calls that are
 * used here. Machines keep their store in memory.
 */
import {
  BackupDecryptionKey,
  Base64EncodedPkMessage,
  Curve25519PublicKey,
  Curve25519SecretKey,
  DeviceId,
  initAsync,
  OlmMachine,
  PkDecryption,
  PkEncryption,
  PkMessage,
  RequestType,
  RoomId,
  SignatureState,
  UserId,
} from '@matrix-org/matrix-sdk-crypto-wasm'
import type { OpenedEntry } from '@roomkeys/backup'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import {
  exportedSessionDataSchema,
  type ExportedSessionData,
  parseWire,
  type SessionDataV1,
} from '@roomkeys/types'

export type { OlmMachine } from '@matrix-org/matrix-sdk-crypto-wasm'

/** Loads the wasm; before anything else. */
export async function initWasm(): Promise<void> {
  await initAsync()
}

/** The public key of a decryption key, unpadded base64. */
export function wasmPublicKey(privateKey: Uint8Array): string {
  return BackupDecryptionKey.fromBase64(encodeBase64(privateKey)).megolmV1PublicKey.publicKeyBase64
}

/** Decrypts an entry as a client does. */
export function wasmBackupDecrypt(privateKey: Uint8Array, data: SessionDataV1): string {
  const key = BackupDecryptionKey.fromBase64(encodeBase64(privateKey))
  return key.decryptV1(data.ephemeral, data.mac, data.ciphertext)
}

/** Decrypts an entry to its bytes. */
export function wasmPkDecrypt(privateKey: Uint8Array, data: SessionDataV1): Uint8Array {
  const message = new Base64EncodedPkMessage(data.ciphertext, data.mac, data.ephemeral)
  const key = Curve25519SecretKey.fromUint8Array(privateKey)
  return PkDecryption.fromKey(key).decrypt(PkMessage.fromBase64(message))
}

/** Encrypts to a public key. */
export function wasmPkEncrypt(publicKey: string, plaintext: Uint8Array): SessionDataV1 {
  const encryption = PkEncryption.fromKey(new Curve25519PublicKey(publicKey))
  const { ciphertext, mac, ephemeralKey } = encryption.encrypt(plaintext).toBase64()
  return { ciphertext, mac, ephemeral: ephemeralKey }
}

/** Writes a key export file. */
export function wasmEncryptExport(
  sessions: readonly ExportedSessionData[],
  passphrase: string,
  rounds: number,
): string {
  return OlmMachine.encryptExportedRoomKeys(JSON.stringify(sessions), passphrase, rounds)
}

function parseSessions(json: string): readonly ExportedSessionData[] {
  const sessions: unknown = JSON.parse(json)
  if (!Array.isArray(sessions)) throw new Error('The Rust stack wrote no array of sessions')
  return sessions.map((session) => parseWire(exportedSessionDataSchema, session, 'a session'))
}

/** Reads a key export file. */
export function wasmDecryptExport(
  file: string,
  passphrase: string,
): readonly ExportedSessionData[] {
  return parseSessions(OlmMachine.decryptExportedRoomKeys(file, passphrase))
}

/** A new device without sessions. */
export function wasmMachine(user = '@alice:example.org', device = 'DEVICE'): Promise<OlmMachine> {
  return OlmMachine.initialize(new UserId(user), new DeviceId(device))
}

/** How many sessions of how many a machine imported. */
export interface ImportCount {
  readonly imported: number
  readonly total: number
}

/** Imports the sessions of an export file. */
export async function wasmImportExported(
  machine: OlmMachine,
  sessions: readonly ExportedSessionData[],
): Promise<ImportCount> {
  const ignoreProgress = (): void => undefined
  const result = await machine.importExportedRoomKeys(JSON.stringify(sessions), ignoreProgress)
  return { imported: result.importedCount, total: result.totalCount }
}

function byRoom(entries: readonly OpenedEntry[]): Map<RoomId, Map<string, ExportedSessionData>> {
  const rooms = new Map<string, Map<string, ExportedSessionData>>()
  for (const { roomId, sessionId, session } of entries) {
    const sessions = rooms.get(roomId) ?? new Map<string, ExportedSessionData>()
    rooms.set(roomId, sessions.set(sessionId, session))
  }
  return new Map([...rooms].map(([room, sessions]) => [new RoomId(room), sessions]))
}

/** Imports sessions that were opened from a backup. */
export async function wasmImportBackedUp(
  machine: OlmMachine,
  entries: readonly OpenedEntry[],
): Promise<ImportCount> {
  const ignoreProgress = (): void => undefined
  const result = await machine.importBackedUpRoomKeys(byRoom(entries), ignoreProgress, '1')
  return { imported: result.importedCount, total: result.totalCount }
}

/** All sessions of a machine, as it exports them. */
export async function wasmExportSessions(
  machine: OlmMachine,
): Promise<readonly ExportedSessionData[]> {
  return parseSessions(await machine.exportRoomKeys(() => true))
}

/** Uploads of a machine into a backup, until it has none left; JSON bodies of `PUT /keys`. */
export async function wasmBackUp(
  machine: OlmMachine,
  publicKey: string,
): Promise<readonly unknown[]> {
  await machine.enableBackupV1(publicKey, '1')
  const bodies: unknown[] = []
  for (;;) {
    const request = await machine.backupRoomKeys()
    if (request === undefined) return bodies
    bodies.push(JSON.parse(request.body))
    await machine.markRequestAsSent(request.id, RequestType.KeysBackup, '{"count":0,"etag":"0"}')
  }
}

/** The seed of a new cross-signing master key of this machine, unpadded base64. */
export async function wasmMasterSeed(machine: OlmMachine): Promise<string> {
  await machine.bootstrapCrossSigning(true)
  const { masterKey } = (await machine.exportCrossSigningKeys()) ?? {}
  if (masterKey === undefined) throw new Error('The machine made no master key')
  return masterKey
}

/** Whether a machine finds a valid signature of its user's master key on `auth_data`. */
export async function wasmVerifiesAuthData(
  machine: OlmMachine,
  authData: object,
): Promise<boolean> {
  const version = { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: authData }
  const { userState } = await machine.verifyBackup(version)
  return userState === SignatureState.ValidAndTrusted
}

/** What a machine uploads when it is new and its cross-signing keys are made; JSON bodies. */
export async function wasmFirstUploads(machine: OlmMachine): Promise<readonly unknown[]> {
  const { uploadSigningKeysRequest } = await machine.bootstrapCrossSigning(true)
  const requests: readonly { readonly type: RequestType; readonly body: string }[] =
    await machine.outgoingRequests()
  const keysUploads = requests.filter(({ type }) => type === RequestType.KeysUpload)
  return [uploadSigningKeysRequest, ...keysUploads].map(({ body }): unknown => JSON.parse(body))
}
