// What one runtime makes of the vectors, whole and damaged, and how fast it is: `runtimes.ts` starts it.
// Without `subtle`, what asks for it finds none, from the first module on.
import type { AuditReport } from '@roomkeys/backup/audit'
import type { BackupEntry, EntryOutcome } from '@roomkeys/backup'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import process from 'node:process'

/** What the script is asked to do. */
export interface RuntimeTask {
  /** The body of `GET /room_keys/keys`. */
  readonly body: string
  readonly keyText: string
  readonly exportFile: string
  readonly passphrase: string
  readonly withoutSubtle: boolean
}

/** What it says. */
export interface RuntimeResult {
  /** Hashes of all outcomes: the same in every runtime. */
  readonly digests: Readonly<Record<string, string>>
  /** Keys a second. */
  readonly rates: Readonly<Record<string, number>>
}

// Whoever starts this script writes its argument by the same type.
const task = JSON.parse(process.argv[2] ?? '{}') as RuntimeTask
if (task.withoutSubtle) {
  const { crypto: platform } = globalThis
  const value = { getRandomValues: platform.getRandomValues.bind(platform) }
  Object.defineProperty(globalThis, 'crypto', { value })
}
const { decodeDecryptionKey, decryptionKeyFromBytes, openEntries } =
  await import('@roomkeys/backup')
const { audit } = await import('@roomkeys/backup/audit')
const { entriesOfStream } = await import('@roomkeys/backup/entry-stream')
const { megolmBackupV1 } = await import('@roomkeys/backup/v1')
const { megolmBackupV2, megolmBackupV2Unstable } = await import('@roomkeys/backup/v2')
const { decodeBase64 } = await import('@roomkeys/crypto/base64')
const { decryptKeyExport, KeyExportError } = await import('@roomkeys/key-export')
const { roomId, sessionId } = await import('@roomkeys/types')
const { decryptKeyExportStream } = await import('@roomkeys/key-export/stream')

const RUNS = 3
const key = decodeDecryptionKey(task.keyText)

/** Vectors of this repository: their README gives the shapes. */
function vector(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'))
}

function digest(values: readonly unknown[]): string {
  const hash = createHash('sha256')
  for (const value of values) hash.update(`${JSON.stringify(value)}\n`)
  return hash.digest('hex').slice(0, 12)
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 65_536)
    yield await Promise.resolve(bytes.subarray(from, from + 65_536))
}

async function entriesOf(bytes: Uint8Array): Promise<readonly BackupEntry[]> {
  const entries: BackupEntry[] = []
  for await (const entry of entriesOfStream(pieces(bytes))) entries.push(entry)
  return entries
}

type SessionData = Readonly<Record<string, string>>

interface Data {
  readonly session_data: SessionData
}

const replacing =
  (name: string, change: (text: string) => string) =>
  (data: SessionData): unknown => ({ ...data, [name]: change(data[name] ?? '') })

const flipFirst = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)

/** Ways to damage an entry. */
const DAMAGE: readonly ((data: SessionData) => unknown)[] = [
  replacing('ephemeral', () => 'A'.repeat(43)),
  replacing('ephemeral', (text) => text.slice(0, 20)),
  replacing('ephemeral', flipFirst),
  replacing('mac', (text) => text.slice(0, 4)),
  replacing('mac', flipFirst),
  replacing('backup_mac', flipFirst),
  replacing('ciphertext', (text) => text.slice(0, 100)),
  replacing('ciphertext', () => ''),
  replacing('ciphertext', (text) => `!${text}`),
  replacing('ciphertext', (text) => `${text}\u00e9`),
  replacing('ciphertext', (text) => `${text.slice(0, 64)}${flipFirst(text.slice(64))}`),
  replacing('ciphertext', (text) => `${text.slice(0, -2)}${flipFirst(text.slice(-2))}`),
  () => null,
  () => 'no object',
]

function damaged(entries: readonly BackupEntry[]): readonly BackupEntry[] {
  return entries.flatMap((entry, position) => {
    const damage = DAMAGE[position % DAMAGE.length]
    const { session_data: data, ...rest } = entry.data as Data
    return damage === undefined ? [] : [{ ...entry, data: { ...rest, session_data: damage(data) } }]
  })
}

const told = (outcome: EntryOutcome): unknown =>
  outcome.status === 'opened' ? outcome : { ...outcome, error: outcome.error.message }

type Opening = Parameters<typeof openEntries>[1]

async function outcomesOf(entries: readonly BackupEntry[], options: Opening): Promise<string> {
  const outcomes: unknown[] = []
  for await (const outcome of openEntries(entries, options)) outcomes.push(told(outcome))
  return digest(outcomes)
}

async function reportOf(entries: readonly BackupEntry[], k = key): Promise<AuditReport> {
  for await (const event of audit(entries, { algorithm: megolmBackupV1, keys: [k] }))
    if (event.type === 'finished') return event.report
  throw new Error('The audit did not finish')
}

interface Account {
  readonly backup: { readonly recovery_key: string; readonly keys: unknown }
}

async function digestsOfV1(): Promise<RuntimeResult['digests']> {
  const { backup } = vector('account-rust.json') as Account
  const options = { algorithm: megolmBackupV1, key: decodeDecryptionKey(backup.recovery_key) }
  const entries = await entriesOf(new TextEncoder().encode(JSON.stringify(backup.keys)))
  await outcomesOfAll(entries, options)
  return {
    v1: await outcomesOf(entries, options),
    'v1 damaged': await outcomesOf(damaged(entries), options),
    audit: digest([await reportOf([...entries, ...damaged(entries)], options.key)]),
  }
}

interface OracleFile {
  readonly vectors: readonly {
    readonly algorithm: string
    readonly decryption_key: string
    readonly plaintext: string
    readonly session_data: SessionData
  }[]
}

/** The session id of a plaintext: the public key at the end of its session key. */
function sessionIdIn(plaintext: string): string {
  const { session_key } = JSON.parse(plaintext) as { readonly session_key: string }
  return Buffer.from(session_key, 'base64').subarray(-32).toString('base64').replace(/=+$/, '')
}

async function digestOfV2(): Promise<RuntimeResult['digests']> {
  const algorithms = [megolmBackupV1, megolmBackupV2, megolmBackupV2Unstable]
  const digests: string[] = []
  for (const one of (vector('backup-v2-oracle.json') as OracleFile).vectors) {
    const algorithm = algorithms.find(({ name }) => name === one.algorithm) ?? megolmBackupV1
    const all = [one.session_data, ...DAMAGE.map((damage) => damage(one.session_data))]
    const address = {
      roomId: roomId('!r:example.org'),
      sessionId: sessionId(sessionIdIn(one.plaintext)),
    }
    const entries = all.map((session_data) => ({ ...address, data: { session_data } }))
    const key = decryptionKeyFromBytes(decodeBase64(one.decryption_key))
    digests.push(await outcomesOf(entries, { algorithm, key }))
  }
  return { v2: digest(digests) }
}

interface ExportFiles {
  readonly files: readonly { readonly passphrase: string; readonly file: string }[]
}

async function readFile(file: string, passphrase: string): Promise<unknown> {
  return decryptKeyExport(file, passphrase).catch((error: unknown) => {
    if (error instanceof KeyExportError) return [error.code, error.message]
    throw error
  })
}

async function digestOfExports(): Promise<RuntimeResult['digests']> {
  const outcomes: unknown[] = []
  for (const { file, passphrase } of (vector('key-export-rust.json') as ExportFiles).files)
    outcomes.push(
      await readFile(file, passphrase),
      await readFile(file, `${passphrase}!`),
      await readFile(file.replace(/(.{300})./s, '$1A'), passphrase),
      await readFile(file.slice(0, 400), passphrase),
    )
  return { 'export files': digest(outcomes) }
}

async function rateOf(keys: number, work: () => Promise<unknown>): Promise<number> {
  let best = Infinity
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now()
    await work()
    best = Math.min(best, performance.now() - began)
  }
  return (keys / best) * 1000
}

async function countExport(text: string): Promise<void> {
  async function* whole(): AsyncGenerator<string> {
    yield await Promise.resolve(text)
  }
  for await (const entry of decryptKeyExportStream(whole, task.passphrase))
    if ('error' in entry) throw entry.error
}

async function rates(): Promise<RuntimeResult['rates']> {
  const body = new Uint8Array(readFileSync(task.body))
  const entries = await entriesOf(body)
  const text = readFileSync(task.exportFile, 'utf8')
  const options = { algorithm: megolmBackupV1, key }
  return {
    'read from JSON': await rateOf(entries.length, () => entriesOf(body)),
    opened: await rateOf(entries.length, () => outcomesOfAll(entries, options)),
    audited: await rateOf(entries.length, () => reportOf(entries)),
    'read from an export file': await rateOf(entries.length, () => countExport(text)),
  }
}

async function outcomesOfAll(entries: readonly BackupEntry[], options: Opening): Promise<void> {
  for await (const { status } of openEntries(entries, options))
    if (status !== 'opened') throw new Error('An entry does not open')
}

const digests = { ...(await digestsOfV1()), ...(await digestOfV2()), ...(await digestOfExports()) }
const result: RuntimeResult = { digests, rates: await rates() }
process.stdout.write(`${JSON.stringify(result)}\n`)
