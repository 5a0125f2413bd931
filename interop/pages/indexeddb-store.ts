/**
 * Runs in a page: the store over the browser's own IndexedDB. What tests call is on `globalThis`.
 */
import { BackupError } from '@roomkeys/backup'
import { type IndexedDbStore, openIndexedDbStore } from '@roomkeys/backup/indexeddb'
import { importAll, type IncomingKey, markUploaded } from '@roomkeys/backup/merge'
import type { RoomKeyStore } from '@roomkeys/backup/ports'
import { journalSuite, roomKeyStoreSuite, type SuiteCase } from '@roomkeys/backup/store-suite'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import type { Bytes } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { type Provenance, serialiseSessionExport, sessionIdOf } from '@roomkeys/megolm'
import { backupVersion, MEGOLM_V1, roomId, sessionId } from '@roomkeys/types'

/** What a run of the suites found: each title with the error, or none. */
export type SuiteReport = readonly (readonly [title: string, error: string | null])[]

/** What became of keys, by outcome, and how long it took. */
export interface ImportReport {
  readonly outcomes: Readonly<Record<string, number>>
  readonly milliseconds: number
}

const BATCH = 100

let opened: IndexedDbStore | null = null

function store(): RoomKeyStore {
  if (opened === null) throw new Error('No store is open')
  return opened.store
}

async function open(name: string): Promise<number> {
  const begin = performance.now()
  opened?.close()
  opened = await openIndexedDbStore({ name })
  return performance.now() - begin
}

async function runCases<Port>(
  cases: readonly SuiteCase<Port>[],
  portOf: (database: IndexedDbStore) => Port,
): Promise<SuiteReport> {
  const report: [string, string | null][] = []
  for (const { title, run } of cases) {
    const databases: IndexedDbStore[] = []
    const openNew = async (): Promise<Port> => {
      const database = await openIndexedDbStore({ name: `${title} ${databases.length}` })
      databases.push(database)
      return portOf(database)
    }
    const error = await run(openNew).then(() => null, String)
    report.push([title, error])
    for (const database of databases) database.close()
  }
  return report
}

async function runSuites(): Promise<SuiteReport> {
  return [
    ...(await runCases(roomKeyStoreSuite, (database) => database.store)),
    ...(await runCases(journalSuite, (database) => database.journal)),
  ]
}

/** Bytes that are the same on every run: no key is secret here, and no two are alike. */
function bytesOf(seed: number, length: number): Bytes {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5
    return (state >>> 13) & 0xff
  })
}

/** A key as a backup holds it. The public key carries the number, so that none comes twice. */
function keyAt(number: number, provenance: Provenance): IncomingKey {
  const publicKey = bytesOf(number, 32)
  new DataView(publicKey.buffer).setUint32(0, number)
  const ratchet = new SecretBytes(bytesOf(number + 0x10000000, 128))
  const session = { index: number % 7, ratchet, publicKey }
  return {
    roomId: roomId(`!${String(number % 250)}:example.org`),
    sessionId: sessionId(sessionIdOf(session)),
    provenance,
    session: {
      algorithm: MEGOLM_V1,
      forwarding_curve25519_key_chain: [],
      'm.shared_history': number % 2 === 0,
      sender_claimed_keys: { ed25519: encodeBase64(bytesOf(number % 1000, 32)) },
      sender_key: encodeBase64(bytesOf((number % 1000) + 5000, 32)),
      session_key: serialiseSessionExport(session),
    },
  }
}

function* keysUpTo(count: number, provenance: Provenance): Generator<IncomingKey> {
  for (let number = 0; number < count; number++) yield keyAt(number, provenance)
}

async function importKeys(count: number, kind: 'direct' | 'export_file'): Promise<ImportReport> {
  const begin = performance.now()
  const outcomes: Record<string, number> = {}
  for await (const { outcome } of importAll(store(), keysUpTo(count, { kind })))
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  return { outcomes, milliseconds: performance.now() - begin }
}

/** Uploads everything as an engine does: how many batches there were, and how long it took. */
async function drain(name: string): Promise<{ batches: number; milliseconds: number }> {
  const begin = performance.now()
  const version = backupVersion(name)
  for (let batches = 0; ; batches++) {
    const pending = await store().pending(version, BATCH)
    if (pending.length === 0) return { batches, milliseconds: performance.now() - begin }
    await markUploaded(store(), pending, version)
  }
}

async function counts(
  name: string,
): Promise<{ total: number; pending: number; milliseconds: number }> {
  const begin = performance.now()
  return { ...(await store().counts(backupVersion(name))), milliseconds: performance.now() - begin }
}

/** Streams every session: how many there are, and how many distinct ones. */
async function stream(): Promise<{ sessions: number; distinct: number; milliseconds: number }> {
  const begin = performance.now()
  const ids = new Set<string>()
  let sessions = 0
  for await (const session of store().sessions()) {
    sessions += 1
    ids.add(session.sessionId)
  }
  return { sessions, distinct: ids.size, milliseconds: performance.now() - begin }
}

/** Adds to the revision of the first sessions, time and again. */
async function increment(sessions: number, times: number): Promise<void> {
  const addresses = [...keysUpTo(sessions, { kind: 'direct' })]
  for (let round = 0; round < times; round++)
    await store().update(addresses, (held) =>
      held === null ? null : { ...held, revision: held.revision + 1 },
    )
}

/** The revisions of the first sessions. */
async function revisions(sessions: number): Promise<readonly number[]> {
  const keys = [...keysUpTo(sessions, { kind: 'direct' })]
  const held = await Promise.all(keys.map((key) => store().get(key)))
  return held.map((session) => session?.revision ?? 0)
}

/** What an update comes to: `done`, or the error as a program sees it. */
async function tryImport(count: number): Promise<string> {
  try {
    await importKeys(count, 'direct')
    return 'done'
  } catch (error) {
    if (!(error instanceof BackupError)) return String(error)
    const cause = error.cause instanceof DOMException ? error.cause.name : typeof error.cause
    return `${error.code}: ${error.message} (${cause})`
  }
}

/** Opens a database with a schema of the future, which older connections are to make room for. */
function openNewer(name: string): Promise<'opened' | 'blocked'> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1000)
    request.onblocked = () => {
      resolve('blocked')
    }
    request.onsuccess = () => {
      request.result.close()
      resolve('opened')
    }
    request.onerror = () => {
      reject(new Error('The database does not open'))
    }
  })
}

/** Opens a store: `opened`, or the error. */
async function tryOpen(name: string): Promise<string> {
  return open(name).then(
    () => 'opened',
    (error: unknown) => String(error),
  )
}

const calls = {
  counts,
  drain,
  importKeys,
  increment,
  open,
  openNewer,
  revisions,
  runSuites,
  stream,
  tryImport,
  tryOpen,
}

/** What a test can call in the page. */
export type Calls = typeof calls

Object.assign(globalThis, { calls })
