// A whole restore beside the opening in it: keys over HTTP, from a synthetic homeserver in a process of
// its own, opened and merged into a memory store, in one thread and in a pool, and audited; and the same
// entries from memory, opened alone. `node restore.ts [keys] [runs]`, 100,000 and seven unless given.
import { type BackupEntry, openEntries, type OpenEntries } from '@roomkeys/backup'
import { audit } from '@roomkeys/backup/audit'
import { entriesOfStream } from '@roomkeys/backup/entry-stream'
import { createMemoryJournal, createMemoryStore } from '@roomkeys/backup/memory'
import { createEntryPool } from '@roomkeys/backup/pool'
import { restore } from '@roomkeys/backup/restore'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { createRoomKeysApi } from '@roomkeys/client/ports'
import { createHomeserver } from '@roomkeys/transport'
import { backupVersion } from '@roomkeys/types'
import process from 'node:process'
import { interleave } from './interleave.ts'
import { startSynthetic } from './processes.ts'
import { SYNTHETIC_KEY, syntheticBody } from './synthetic.ts'
import { printRows, rowsOf } from './table.ts'

const KEYS = Number(process.argv[2] ?? 100_000)
const RUNS = Number(process.argv[3] ?? 7)
const GOAL = 0.6
const CORES = 2

const server = await startSynthetic({ keys: KEYS })
const api = createRoomKeysApi(createHomeserver({ baseUrl: server.url, accessToken: 'token' }))

const pool = createEntryPool({ size: CORES })

async function restoreBy(opener: OpenEntries): Promise<void> {
  const [store, journal] = [createMemoryStore(), createMemoryJournal()]
  const algorithms = [megolmBackupV1]
  const options = { api, store, journal, key: SYNTHETIC_KEY, algorithms, openEntries: opener }
  for await (const event of restore(options))
    if (event.type === 'finished' && event.report.result !== 'complete')
      throw new Error(`The restore is ${event.report.result}`)
  const { total } = await store.counts(backupVersion('1'))
  if (total !== KEYS) throw new Error(`${total} of ${KEYS} keys are in the store`)
}

async function readAll(): Promise<void> {
  let read = 0
  for await (const { sessionId } of api.readKeys(backupVersion('1')))
    if (sessionId !== '') read += 1
  if (read !== KEYS) throw new Error(`${read} of ${KEYS} entries came`)
}

const entries: BackupEntry[] = []
for await (const entry of entriesOfStream(syntheticBody({ keys: KEYS }))) entries.push(entry)

async function openBy(opener: OpenEntries): Promise<void> {
  let opened = 0
  const options = { algorithm: megolmBackupV1, key: SYNTHETIC_KEY }
  for await (const { status } of opener(entries, options)) if (status === 'opened') opened += 1
  if (opened !== KEYS) throw new Error(`Opened ${opened} of ${KEYS}`)
}

/** Everything that an audit asks of each entry; nothing is kept. */
async function auditAll(): Promise<void> {
  const version = await api.currentVersion()
  if (version === null) throw new Error('There is no backup')
  const options = { algorithm: megolmBackupV1, keys: [SYNTHETIC_KEY], version }
  for await (const event of audit(api.readKeys(version.version), options))
    if (event.type === 'finished' && event.report.statuses.opened !== KEYS)
      throw new Error(`The audit opened ${event.report.statuses.opened} of ${KEYS}`)
}

const OPENED = 'opened alone, from memory'
const RESTORED = 'restored over HTTP into a memory store'
const IN_POOL = `, in a pool of ${CORES}`

const timings = await interleave(
  [
    { name: OPENED, run: () => openBy(openEntries) },
    { name: OPENED + IN_POOL, run: () => openBy(pool.openEntries) },
    { name: 'read over HTTP alone', run: readAll },
    { name: 'audited over HTTP', run: auditAll },
    { name: RESTORED, run: () => restoreBy(openEntries) },
    { name: RESTORED + IN_POOL, run: () => restoreBy(pool.openEntries) },
  ],
  RUNS,
)
await Promise.all([pool.close(), server.stop()])

const rows = rowsOf(timings, { count: KEYS, unit: 'keys', of: OPENED })
printRows(`${KEYS} keys over HTTP`, rows)
const ratio = rows.find(({ what }) => what === RESTORED)?.times ?? Number.NaN
console.log(
  `A restore at ${GOAL} of the rate of opening alone: ${ratio >= GOAL ? 'met' : 'MISSED'}`,
)
