// Runs in a page and in a worker: entries of a synthetic homeserver, opened by us and by the Rust wasm.
import { BackupDecryptionKey, initAsync } from '@matrix-org/matrix-sdk-crypto-wasm'
import { type BackupEntry, type DecryptionKey, openEntries } from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { decryptionKeyFromBytes } from '@roomkeys/backup'
import { createRoomKeysApi } from '@roomkeys/client/ports'
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { createHomeserver } from '@roomkeys/transport'
import {
  backupVersion,
  keyBackupDataSchema,
  parseWire,
  type SessionDataV1,
  sessionDataV1Schema,
} from '@roomkeys/types'
import { interleave, type Timing } from '../interleave.ts'

/** What is opened, and with which key. */
export interface OpeningTask {
  readonly url: string
  /** Base64. */
  readonly privateKey: string
  readonly wasmUrl: string
}

/** What it took. */
export interface OpeningResult {
  readonly keys: number
  readonly timings: readonly Timing[]
}

async function entriesAt(baseUrl: string): Promise<readonly BackupEntry[]> {
  const api = createRoomKeysApi(createHomeserver({ baseUrl, accessToken: 'token' }))
  const entries: BackupEntry[] = []
  for await (const entry of api.readKeys(backupVersion('1'))) entries.push(entry)
  return entries
}

function sessionDataOf({ data }: BackupEntry): SessionDataV1 {
  const { session_data } = parseWire(keyBackupDataSchema, data, 'entry')
  return parseWire(sessionDataV1Schema, session_data, 'session_data')
}

async function openAll(entries: readonly BackupEntry[], key: DecryptionKey): Promise<void> {
  let opened = 0
  for await (const { status } of openEntries(entries, { algorithm: megolmBackupV1, key }))
    if (status === 'opened') opened += 1
  if (opened !== entries.length) throw new Error(`Opened ${opened} of ${entries.length}`)
}

/** Times both, in turns. */
export async function measure({ url, privateKey, wasmUrl }: OpeningTask): Promise<OpeningResult> {
  await initAsync(wasmUrl)
  const entries = await entriesAt(url)
  const sessionData = entries.map(sessionDataOf)
  const key = decryptionKeyFromBytes(decodeBase64(privateKey))
  const wasmKey = BackupDecryptionKey.fromBase64(privateKey)
  const openByWasm = (): void => {
    for (const { ephemeral, mac, ciphertext } of sessionData)
      JSON.parse(wasmKey.decryptV1(ephemeral, mac, ciphertext))
  }
  const timings = await interleave([
    { name: 'openEntries: parsed, checked', run: () => openAll(entries, key) },
    { name: 'wasm decryptV1, and JSON.parse', run: openByWasm },
  ])
  return { keys: entries.length, timings }
}
