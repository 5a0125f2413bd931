// One task in a process of its own, whose memory is what it takes: `memory.ts` starts it.
import type { OpenEntries } from '@roomkeys/backup'
import type { LiveBackup } from '@roomkeys/backup/diff'
import type { RoomKeysApi, RoomKeyStore } from '@roomkeys/backup/ports'
import type { JsonObject } from '@roomkeys/types'
import { createReadStream } from 'node:fs'
import process from 'node:process'

/** A backup over HTTP. */
interface Remote {
  readonly url: string
  /** The text of the decryption key. */
  readonly key: string
}

/** What the script is asked to do. */
export type Task =
  | (Remote & { readonly task: 'restore' | 'audit' | 'pool' | 'rotate' | 'diff' })
  | (Remote & { readonly task: 'push'; readonly file: string; readonly passphrase: string })
  | { readonly task: 'export'; readonly file: string; readonly passphrase: string }
  | (Remote & { readonly task: 'cancel'; readonly times: number })

/** What it says in the end. */
export interface TaskResult {
  /** Keys that were opened, and in the end written. */
  readonly done: number
  readonly seconds: number
  /** Of `cancel`: the slowest, in milliseconds. */
  readonly endedMs?: number
  readonly freedMs?: number
}

/** Each task loads what it needs, as a program does. */
async function apiAt(baseUrl: string): Promise<RoomKeysApi> {
  const { createRoomKeysApi } = await import('@roomkeys/client/ports')
  const { createHomeserver } = await import('@roomkeys/transport')
  return createRoomKeysApi(createHomeserver({ baseUrl, accessToken: 'token' }))
}

async function* none(): AsyncGenerator<never> {
  // Nothing was kept.
}

/** A store that counts and keeps nothing: what a restore takes without its store. */
function createCountingStore(): { readonly store: RoomKeyStore; readonly written: () => number } {
  let written = 0
  const store: RoomKeyStore = {
    // As the memory store has it.
    transactionSize: 16,
    get: () => Promise.resolve(null),
    update: async (addresses, decide) => {
      await Promise.resolve()
      for (const address of addresses) if (decide(null, address) !== null) written += 1
    },
    pending: () => Promise.resolve([]),
    counts: () => Promise.resolve({ total: written, pending: 0 }),
    sessions: none,
  }
  return { store, written: () => written }
}

interface Restoring {
  readonly signal?: AbortSignal
  readonly openEntries?: OpenEntries
}

async function restoring({ url, key }: Remote, { signal, openEntries }: Restoring = {}) {
  const { decodeDecryptionKey } = await import('@roomkeys/backup')
  const { createMemoryJournal } = await import('@roomkeys/backup/memory')
  const { restore } = await import('@roomkeys/backup/restore')
  const { megolmBackupV1 } = await import('@roomkeys/backup/v1')
  const { store, written } = createCountingStore()
  const options = { store, journal: createMemoryJournal(), key: decodeDecryptionKey(key) }
  const events = restore({
    ...options,
    api: await apiAt(url),
    algorithms: [megolmBackupV1],
    ...(signal && { signal }),
    ...(openEntries && { openEntries }),
  })
  return { events, written }
}

async function restoreAll(remote: Remote, options: Restoring = {}): Promise<number> {
  const { events, written } = await restoring(remote, options)
  for await (const event of events)
    if (event.type === 'finished' && event.report.result !== 'complete')
      throw new Error(`The restore is ${event.report.result}`)
  return written()
}

/** Opened in threads, on all cores. */
async function restoreInPool(remote: Remote): Promise<number> {
  const { createEntryPool } = await import('@roomkeys/backup/pool')
  await using pool = createEntryPool({ size: 2 })
  return await restoreAll(remote, { openEntries: pool.openEntries })
}

/** Everything into a new version, and read back. */
async function rotateAll({ url, key }: Remote): Promise<number> {
  const { decodeDecryptionKey } = await import('@roomkeys/backup')
  const { createMemoryJournal } = await import('@roomkeys/backup/memory')
  const { systemClock } = await import('@roomkeys/backup/ports')
  const { rotate } = await import('@roomkeys/backup/rotate')
  const { megolmBackupV1 } = await import('@roomkeys/backup/v1')
  const { createMemoryVault } = await import('@roomkeys/backup/vault')
  const vault = createMemoryVault()
  await vault.makeCurrent(decodeDecryptionKey(key))
  const target = { algorithm: megolmBackupV1, key: 'new' } as const
  const options = { vault, journal: createMemoryJournal(), clock: systemClock, target }
  const sign = (authData: JsonObject): Promise<JsonObject> => Promise.resolve(authData)
  const api = await apiAt(url)
  for await (const event of rotate({ ...options, api, sign, algorithms: [megolmBackupV1] }))
    if (event.type === 'finished')
      return event.report.sources.reduce((sum, { carried }) => sum + carried, 0)
  throw new Error('The rotation did not finish')
}

async function backupAt({ url, key }: Remote): Promise<LiveBackup> {
  const { decodeDecryptionKey } = await import('@roomkeys/backup')
  const { megolmBackupV1 } = await import('@roomkeys/backup/v1')
  const api = await apiAt(url)
  return { api, key: decodeDecryptionKey(key), algorithms: [megolmBackupV1] }
}

/** The keys of an export file into a backup that has none. */
async function pushFile(
  remote: Remote & { readonly file: string; readonly passphrase: string },
): Promise<number> {
  const { exportSource, push } = await import('@roomkeys/backup/diff')
  const { decryptKeyExportStream } = await import('@roomkeys/key-export/stream')
  const entries = decryptKeyExportStream(() => createReadStream(remote.file), remote.passphrase)
  async function* records() {
    for await (const entry of entries) if (!('error' in entry)) yield entry.session
  }
  for await (const event of push(exportSource(records()), await backupAt(remote)))
    if (event.type === 'finished') return event.report.pushed['uploaded'] ?? 0
  throw new Error('The push did not finish')
}

/** The backup compared with itself: both sides are held. */
async function diffAll(remote: Remote): Promise<number> {
  const { backupSource, diff } = await import('@roomkeys/backup/diff')
  const backup = await backupAt(remote)
  for await (const event of diff(backupSource(backup), backupSource(backup)))
    if (event.type === 'finished') return event.summary.equal
  throw new Error('The comparison did not finish')
}

async function auditAll({ url, key }: Remote): Promise<number> {
  const { decodeDecryptionKey } = await import('@roomkeys/backup')
  const { audit } = await import('@roomkeys/backup/audit')
  const { megolmBackupV1 } = await import('@roomkeys/backup/v1')
  const api = await apiAt(url)
  const version = await api.currentVersion()
  if (version === null) throw new Error('There is no backup')
  const entries = api.readKeys(version.version)
  const keys = [decodeDecryptionKey(key)]
  for await (const event of audit(entries, { algorithm: megolmBackupV1, keys, version })) {
    if (event.type !== 'finished') continue
    if (event.report.result !== 'sound') throw new Error(`The audit says ${event.report.result}`)
    return event.report.statuses.opened
  }
  throw new Error('The audit did not finish')
}

async function readExport(file: string, passphrase: string): Promise<number> {
  const { decryptKeyExportStream } = await import('@roomkeys/key-export/stream')
  let done = 0
  for await (const entry of decryptKeyExportStream(() => createReadStream(file), passphrase))
    if (!('error' in entry)) done += 1
  return done
}

/** What keeps this process running: connections, workers and their ports. */
function held(): number {
  const kinds = ['TCPSocketWrap', 'TCPWRAP', 'MessagePort', 'Worker']
  return process.getActiveResourcesInfo().filter((kind) => kinds.includes(kind)).length
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

async function untilFree(before: number): Promise<void> {
  while (held() > before) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Cancels a restore at some moment: until the loop ends, and until nothing is held any more. */
async function cancelOnce(remote: Remote, afterMs: number): Promise<readonly [number, number]> {
  const before = held()
  const abort = new AbortController()
  let began = Number.NaN
  setTimeout(() => {
    began = performance.now()
    abort.abort()
  }, afterMs)
  const ended = await restoreUntil(remote, abort.signal)
  if (!ended) throw new Error('The restore was over before it was cancelled')
  const endedMs = performance.now() - began
  await untilFree(before)
  return [endedMs, performance.now() - began]
}

async function restoreUntil(remote: Remote, signal: AbortSignal): Promise<boolean> {
  const { events } = await restoring(remote, { signal })
  try {
    for (let step = await events.next(); step.done !== true;) step = await events.next()
    return false
  } catch (error) {
    if (error === signal.reason) return true
    throw error
  }
}

async function cancelTimes(remote: Remote, times: number): Promise<Omit<TaskResult, 'seconds'>> {
  let [endedMs, freedMs] = [0, 0]
  for (let n = 0; n < times; n++) {
    const [ended, freed] = await cancelOnce(remote, 300 + n * 37)
    endedMs = Math.max(endedMs, ended)
    freedMs = Math.max(freedMs, freed)
  }
  return { done: times, endedMs, freedMs }
}

async function perform(task: Task): Promise<Omit<TaskResult, 'seconds'>> {
  switch (task.task) {
    case 'restore':
      return { done: await restoreAll(task) }
    case 'pool':
      return { done: await restoreInPool(task) }
    case 'rotate':
      return { done: await rotateAll(task) }
    case 'push':
      return { done: await pushFile(task) }
    case 'diff':
      return { done: await diffAll(task) }
    case 'audit':
      return { done: await auditAll(task) }
    case 'export':
      return { done: await readExport(task.file, task.passphrase) }
    case 'cancel':
      return cancelTimes(task, task.times)
  }
}

// Whoever starts this script writes its argument by the same type.
const task = JSON.parse(process.argv[1] ?? '{}') as Task
let result: Omit<TaskResult, 'seconds'> = { done: 0 }
const seconds = (await milliseconds(async () => (result = await perform(task)))) / 1000
process.stdout.write(`${JSON.stringify({ ...result, seconds })}\n`)
// The process waits for this line, and is measured meanwhile.
process.stdin.once('end', () => process.exit()).resume()
