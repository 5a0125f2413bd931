/** Runs in a page: entries opened and sessions sealed by the page itself and by a pool of Web Workers. */
import {
  type BackupEntry,
  decodeDecryptionKey,
  type DecryptionKey,
  encryptionKeyOf,
  type EntryOutcome,
  openEntries,
  type OpenEntries,
  sealEntries,
  type SealedEntry,
  type SealEntries,
  type SessionToSeal,
} from '@roomkeys/backup'
import { createMemoryJournal, createMemoryStore } from '@roomkeys/backup/memory'
import { createEntryPool, type EntryPool } from '@roomkeys/backup/pool'
import { restore } from '@roomkeys/backup/restore'
import { megolmBackupV1 as algorithm } from '@roomkeys/backup/v1'
import { createRoomKeysApi } from '@roomkeys/client/ports'
import { createHomeserver } from '@roomkeys/transport'
import { backupVersion } from '@roomkeys/types'

const WORKERS = 2
/** Where a test puts the bundle of `@roomkeys/backup/pool-worker`. */
const WORKER = '/pool-worker.js'

/** What the page and its workers made of the same. */
export interface Compared {
  readonly count: number
  readonly workers: number
  /** Places at which they differ. */
  readonly different: readonly number[]
  readonly failed: number
}

let workers = 0

function createPool(): EntryPool {
  workers = 0
  const createWorker = (): Worker => {
    workers += 1
    return new Worker(WORKER, { type: 'module' })
  }
  return createEntryPool({ size: WORKERS, createWorker })
}

async function all<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const value of values) list.push(value)
  return list
}

function apiAt(baseUrl: string) {
  return createRoomKeysApi(createHomeserver({ baseUrl, accessToken: 'token' }))
}

/** Every thirteenth entry is damaged, each in one of three ways. */
async function entriesAt(url: string): Promise<readonly BackupEntry[]> {
  const entries = await all(apiAt(url).readKeys(backupVersion('1')))
  const damages: readonly unknown[] = [null, { session_data: {} }, { session_data: 'text' }]
  return entries.map((entry, at) =>
    at % 13 === 5 ? { ...entry, data: damages[at % damages.length] } : entry,
  )
}

function told(outcome: EntryOutcome): string {
  if (outcome.status === 'opened') return JSON.stringify(outcome)
  const { roomId, sessionId, reason, error } = outcome
  return JSON.stringify([roomId, sessionId, reason, error.name, error.message])
}

function compared(ours: readonly string[], theirs: readonly string[]): Compared['different'] {
  return [...ours.keys()].filter((at) => ours[at] !== theirs[at])
}

/** Opens what a homeserver has, on both ways. */
async function open(url: string, keyText: string): Promise<Compared> {
  const options = { algorithm, key: decodeDecryptionKey(keyText) }
  const entries = await entriesAt(url)
  await using pool = createPool()
  const here = await all(openEntries(entries, options))
  const there = await all(pool.openEntries(entries, options))
  return {
    count: there.length,
    workers,
    different: compared(here.map(told), there.map(told)),
    failed: there.filter(({ status }) => status === 'failed').length,
  }
}

async function sealAndOpen(
  seal: SealEntries,
  sessions: readonly SessionToSeal[],
  key: DecryptionKey,
): Promise<readonly string[]> {
  const outcomes = await all(seal(sessions, { algorithm, key: encryptionKeyOf(key) }))
  const sealed = outcomes.filter((outcome): outcome is SealedEntry => outcome.status === 'sealed')
  return (await all(openEntries(sealed, { algorithm, key }))).map(told)
}

/** Opens, seals and opens again: what is sealed anew is another text each time. */
async function seal(url: string, keyText: string): Promise<Compared> {
  const key = decodeDecryptionKey(keyText)
  const opened = await all(openEntries(await entriesAt(url), { algorithm, key }))
  const sessions = opened.flatMap((outcome) =>
    outcome.status === 'opened' ? [{ ...outcome, isVerified: true, forwardedCount: 0 }] : [],
  )
  await using pool = createPool()
  const here = await sealAndOpen(sealEntries, sessions, key)
  const there = await sealAndOpen(pool.sealEntries, sessions, key)
  const different = compared(here, there)
  return { count: there.length, workers, different, failed: sessions.length - there.length }
}

async function storedBy(url: string, keyText: string, opener: OpenEntries): Promise<string[]> {
  const store = createMemoryStore()
  const options = {
    api: apiAt(url),
    store,
    journal: createMemoryJournal(),
    key: decodeDecryptionKey(keyText),
    algorithms: [algorithm],
    openEntries: opener,
  }
  for await (const event of restore(options))
    if (event.type === 'finished' && event.report.result !== 'complete')
      throw new Error(`The restore is ${event.report.result}`)
  return (await all(store.sessions())).map((session) => JSON.stringify(session)).toSorted()
}

/** Restores on both ways. */
async function restoreAll(url: string, keyText: string): Promise<Compared> {
  await using pool = createPool()
  const here = await storedBy(url, keyText, openEntries)
  const there = await storedBy(url, keyText, pool.openEntries)
  return { count: there.length, workers, different: compared(here, there), failed: 0 }
}

const calls = { open, restoreAll, seal }

/** What a test can call in the page. */
export type PoolCalls = typeof calls

Object.assign(globalThis, { calls })
