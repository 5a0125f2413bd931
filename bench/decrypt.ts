// Opening the entries of a v1 backup: ours, with session-id check and parsing, beside the wasm's bare
// decryption and the X25519 that ours contains. `pnpm --filter @roomkeys/bench bench`
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm'
import { type BackupEntry, decodeDecryptionKey, entriesOf, openEntries } from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { platformSharedSecrets } from '@roomkeys/crypto/shared-secrets'
import { nobleSharedSecrets, sharedSecret, type SharedSecrets } from '@roomkeys/crypto/x25519'
import {
  keyBackupDataSchema,
  parseWire,
  roomKeysAnswerSchema,
  type SessionDataV1,
  sessionDataV1Schema,
} from '@roomkeys/types'
import { readFileSync } from 'node:fs'
import { interleave, median } from './interleave.ts'

interface Account {
  readonly backup: { readonly decryption_key: string; recovery_key: string; keys: unknown }
}

const file = new URL('../vectors/account-rust.json', import.meta.url)
const { backup } = JSON.parse(readFileSync(file, 'utf8')) as Account
const entries: readonly BackupEntry[] = [
  ...entriesOf(parseWire(roomKeysAnswerSchema, backup.keys, 'keys')),
]
const key = decodeDecryptionKey(backup.recovery_key)

function sessionDataOf({ data }: BackupEntry): SessionDataV1 {
  const { session_data } = parseWire(keyBackupDataSchema, data, 'entry')
  return parseWire(sessionDataV1Schema, session_data, 'session_data')
}

const sessionData = entries.map(sessionDataOf)
const ephemerals = sessionData.map((data) => megolmBackupV1.parseSessionData(data).ephemeral)

await wasm.initAsync()
const wasmKey = wasm.BackupDecryptionKey.fromBase64(backup.decryption_key)

async function openAll(sharedSecrets: SharedSecrets): Promise<void> {
  let opened = 0
  const options = { algorithm: megolmBackupV1, key, sharedSecrets }
  for await (const outcome of openEntries(entries, options))
    if (outcome.status === 'opened') opened += 1
  if (opened !== entries.length) throw new Error(`Opened ${opened} of ${entries.length}`)
}

const timings = await interleave([
  { name: 'openEntries (platform)', run: () => openAll(platformSharedSecrets) },
  { name: 'openEntries (noble)', run: () => openAll(nobleSharedSecrets) },
  {
    name: 'X25519 alone (noble)',
    run: () => {
      for (const ephemeral of ephemerals) sharedSecret(key.privateKey.expose(), ephemeral)
    },
  },
  {
    name: 'wasm decryptV1, and JSON.parse',
    run: () => {
      for (const { ephemeral, mac, ciphertext } of sessionData)
        JSON.parse(wasmKey.decryptV1(ephemeral, mac, ciphertext))
    },
  },
])

const fastest = Math.min(...timings.map(({ seconds }) => median(seconds)))
console.table(
  timings.map(({ name, seconds }) => ({
    name,
    'keys/s, median': Math.round(entries.length / median(seconds)),
    'of the fastest': (fastest / median(seconds)).toFixed(2),
  })),
)
