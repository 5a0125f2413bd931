// A key export file of 100,000 keys, written and read: ours in pieces and whole, beside the wasm. Few
// rounds for all, so that deriving the key takes no time. `node key-export.ts`
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm'
import { decryptKeyExport, wrapArmor } from '@roomkeys/key-export'
import { derivePayloadKeys, sealPayload } from '@roomkeys/key-export/payload'
import {
  decryptKeyExportStream,
  sealPayloadStream,
  serialiseSessions,
  wrapArmorStream,
} from '@roomkeys/key-export/stream'
import type { ExportedSessionData } from '@roomkeys/types'
import { readFileSync } from 'node:fs'
import { interleave } from './interleave.ts'
import { printRows, rowsOf } from './table.ts'

const KEYS = 100_000
const PASSPHRASE = 'a passphrase'
const ROUNDS = 10
const SLICE = 65_536

const account = new URL('../vectors/account-rust.json', import.meta.url)
const { expected } = JSON.parse(readFileSync(account, 'utf8')) as {
  readonly expected: readonly ExportedSessionData[]
}
/** Sessions that the Rust stack made, over and over: each side parses every one of them. */
const sessions = Array.from({ length: KEYS }, (_, i) => expected[i % expected.length]).filter(
  (session) => session !== undefined,
)

await wasm.initAsync()
const header = { salt: new Uint8Array(16).fill(1), iv: new Uint8Array(16), rounds: ROUNDS }
const keys = await derivePayloadKeys(PASSPHRASE, header)

async function writeStream(): Promise<void> {
  const texts: string[] = []
  const payload = sealPayloadStream(serialiseSessions(sessions), header, keys)
  for await (const text of wrapArmorStream(payload)) texts.push(text)
  assertLength(texts.join('').length)
}

function writeWhole(): string {
  return wrapArmor(sealPayload(Buffer.from(JSON.stringify(sessions)), header, keys))
}

function writeWasm(): string {
  const json = JSON.stringify(sessions)
  return wasm.OlmMachine.encryptExportedRoomKeys(json, PASSPHRASE, ROUNDS)
}

const file = writeWhole()

function assertLength(length: number): void {
  if (length !== file.length) throw new Error(`Wrote ${length} of ${file.length} characters`)
}

async function* pieces(): AsyncGenerator<string, void, void> {
  for (let from = 0; from < file.length; from += SLICE)
    yield await Promise.resolve(file.slice(from, from + SLICE))
}

function assertCount(count: number): void {
  if (count !== KEYS) throw new Error(`Read ${count} of ${KEYS}`)
}

async function readStream(): Promise<void> {
  let count = 0
  for await (const entry of decryptKeyExportStream(pieces, PASSPHRASE))
    if ('session' in entry) count += 1
  assertCount(count)
}

async function readWhole(): Promise<void> {
  assertCount((await decryptKeyExport(file, PASSPHRASE)).entries.length)
}

function readWasm(): void {
  const read: unknown = JSON.parse(wasm.OlmMachine.decryptExportedRoomKeys(file, PASSPHRASE))
  assertCount(Array.isArray(read) ? read.length : 0)
}

const WRITTEN = 'write, wasm'
const READ = 'read, wasm'

const timings = await interleave([
  { name: 'write, in pieces', run: writeStream },
  { name: 'write, whole', run: () => void writeWhole() },
  { name: WRITTEN, run: () => void writeWasm() },
  { name: 'read, in pieces (twice over the file)', run: readStream },
  { name: 'read, whole', run: readWhole },
  { name: READ, run: readWasm },
])

const of = (name: string): string => (name.startsWith('write') ? WRITTEN : READ)
printRows(
  `an export file of ${KEYS} keys`,
  [WRITTEN, READ].flatMap((reference) =>
    rowsOf(
      timings.filter(({ name }) => of(name) === reference),
      { count: KEYS, unit: 'keys', of: reference },
    ),
  ),
)
