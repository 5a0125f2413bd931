/** The account of the vectors on a simulated server, and a client without keys. */
import {
  type BackupVersion,
  backupVersion,
  keyBackupDataSchema,
  parseWire,
  type RoomId,
} from '@roomkeys/types'
import type { BackupEntry } from '../../src/entry.ts'
import { createMemoryJournal, createMemoryStore } from '../../src/memory.ts'
import type { Journal, RoomKeyStore, StoredSession, UploadEntry } from '../../src/ports.ts'
import {
  restore,
  type RestoreEvent,
  type RestoreOptions,
  type RestoreOutcome,
  type RestoreReport,
} from '../../src/restore.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { createSimulatedServer, type SimulatedServer } from '../simulation/server.ts'
import { account } from '../vectors.ts'

/** The first version of the server. */
export const VERSION: BackupVersion = backupVersion('1')

/** An entry as uploads have it. */
export function uploadOf({ roomId, sessionId, data }: BackupEntry): UploadEntry {
  return { roomId, sessionId, data: parseWire(keyBackupDataSchema, data, 'entry') }
}

/** The rooms of the account, in the order of the server. */
export const rooms: readonly RoomId[] = [...new Set(account.entries.map(({ roomId }) => roomId))]

/** A server with a backup and a client. */
export interface World {
  readonly server: SimulatedServer
  readonly store: RoomKeyStore
  readonly journal: Journal
  readonly options: RestoreOptions
}

/** A world whose server has the account's backup. */
export function createWorld(entries: readonly BackupEntry[] = account.entries): World {
  const server = createSimulatedServer()
  server.createVersion(account.version.algorithm, account.version.auth_data)
  server.putKeys(VERSION, entries.map(uploadOf))
  const store = createMemoryStore()
  const journal = createMemoryJournal()
  const options = {
    api: server.api,
    store,
    journal,
    key: account.key,
    algorithms: [megolmBackupV1],
  }
  return { server, store, journal, options }
}

/** Everything that happens. */
export async function run(options: RestoreOptions): Promise<readonly RestoreEvent[]> {
  const events: RestoreEvent[] = []
  for await (const event of restore(options)) events.push(event)
  return events
}

/** What a run came to. */
export function reportOf(events: readonly RestoreEvent[]): RestoreReport {
  const last = events.at(-1)
  if (last?.type !== 'finished') throw new TypeError('The restore did not finish')
  return last.report
}

/** The outcomes of a run. */
export function outcomesOf(events: readonly RestoreEvent[]): readonly RestoreOutcome[] {
  return events.flatMap((event) => (event.type === 'entry' ? [event.outcome] : []))
}

/** What the store keeps, in an order that does not depend on when it came. */
export async function contentOf(store: RoomKeyStore): Promise<readonly StoredSession[]> {
  const sessions: StoredSession[] = []
  for await (const session of store.sessions()) sessions.push(session)
  return sessions.toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1))
}
