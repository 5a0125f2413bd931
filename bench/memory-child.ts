// One task in a process of its own, whose memory is what it takes: `memory.ts` starts it.
import type { RoomKeysApi, RoomKeyStore } from '@roomkeys/backup/ports'
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
  | (Remote & { readonly task: 'restore' | 'audit' | 'pool' })
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

async function restoring({ url, key }: Remote, signal?: AbortSignal) {
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
  })
  return { events, written }
}

async function restoreAll(remote: Remote): Promise<number> {
  const { events, written } = await restoring(remote)
  for await (const event of events)
    if (event.type === 'finished' && event.report.result !== 'complete')
      throw new Error(`The restore is ${event.report.result}`)
  return written()
}

/** Opened in threads, on all cores. */
async function openInPool({ url, key }: Remote): Promise<number> {
  const { decodeDecryptionKey } = await import('@roomkeys/backup')
  const { createEntryPool } = await import('@roomkeys/backup/pool')
  const { megolmBackupV1 } = await import('@roomkeys/backup/v1')
  const { backupVersion } = await import('@roomkeys/types')
  const entries = (await apiAt(url)).readKeys(backupVersion('1'))
  const options = { algorithm: megolmBackupV1, key: decodeDecryptionKey(key) }
  await using pool = createEntryPool()
  let opened = 0
  for await (const { status } of pool.openEntries(entries, options))
    if (status === 'opened') opened += 1
  return opened
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
  const { events } = await restoring(remote, signal)
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
      return { done: await openInPool(task) }
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
