/** Whatever takes an opener or a sealer of the caller's comes to the same with those of a pool. */
import { isJsonObject, roomId, sessionId } from '@roomkeys/types'
import { addressKey } from '../src/merge/address-key.ts'
import { audit, type AuditOptions } from '../src/audit.ts'
import { collect } from '../src/collect.ts'
import { backupSource, diff, dumpSource, push } from '../src/diff.ts'
import { readPending } from '../src/engine/pending.ts'
import type { BackupEntry, OpenedEntry } from '../src/entry.ts'
import { importKeys } from '../src/merge.ts'
import { createMemoryJournal } from '../src/memory.ts'
import { openEntries, type OpenEntries } from '../src/open-entries.ts'
import { rotate, type RotateOptions } from '../src/rotate.ts'
import { sealEntries, type SealEntries } from '../src/seal-entries.ts'
import { megolmBackupV1 } from '../src/v1.ts'
import { createMemoryVault } from '../src/vault.ts'
import { afterAll, expect, test } from 'vitest'
import { portsOf } from './engine/world.ts'
import { createWorld, VERSION } from './restore/world.ts'
import { signedBy } from './rotate/world.ts'
import { createSimulatedServer, type SimulatedServer } from './simulation/server.ts'
import { account, keyOf } from './vectors.ts'
import { createWarmPool, OPENING } from './warm-pool.ts'

const COUNT = account.entries.length

const pool = await createWarmPool()
afterAll(() => pool.close())

/** In this thread and in the pool, and how much went through. */
interface Ways {
  readonly openEntries: OpenEntries
  readonly sealEntries: SealEntries
  readonly passed: { opened: number; sealed: number }
}

function counted(open: OpenEntries, seal: SealEntries): Ways {
  const passed = { opened: 0, sealed: 0 }
  return {
    passed,
    openEntries: async function* (...args) {
      for await (const outcome of open(...args)) {
        passed.opened += 1
        yield outcome
      }
    },
    sealEntries: async function* (...args) {
      for await (const outcome of seal(...args)) {
        passed.sealed += 1
        yield outcome
      }
    },
  }
}

const waysOf = (): readonly Ways[] => [
  counted(openEntries, sealEntries),
  counted(pool.openEntries, pool.sealEntries),
]

const BROKEN: readonly BackupEntry[] = account.entries.map((entry, i) =>
  i % 11 === 3 ? { ...entry, data: { session_data: null } } : entry,
)

/** Values without the identity of errors. */
function told(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) => (one instanceof Error ? one.message : one)),
  )
}

test('an audit, with keys of others', async () => {
  const keys = [account.key, keyOf('A'.repeat(43))]
  const options: AuditOptions = { algorithm: megolmBackupV1, keys }
  const expected = told(await collect(audit(BROKEN, options)))
  for (const ways of waysOf()) {
    expect(told(await collect(audit(BROKEN, { ...options, ...ways })))).toEqual(expected)
    expect(ways.passed.opened).toBeGreaterThanOrEqual(COUNT)
  }
})

async function openedIn(server: SimulatedServer, version: string, key: typeof account.key) {
  const outcomes = await collect(
    openEntries(server.entriesOf(version), { algorithm: megolmBackupV1, key }),
  )
  return outcomes
    .filter((outcome): outcome is OpenedEntry => outcome.status === 'opened')
    .map((outcome) => [addressKey(outcome), outcome.session.session_key])
    .toSorted()
}

test('a rotation that verifies everything', async () => {
  for (const ways of waysOf()) {
    const { server } = createWorld()
    const vault = createMemoryVault()
    await vault.makeCurrent(account.key)
    const options: RotateOptions = {
      api: server.api,
      vault,
      journal: createMemoryJournal(),
      clock: { now: () => 0, sleep: () => Promise.resolve() },
      algorithms: [megolmBackupV1],
      target: { algorithm: megolmBackupV1, key: 'new' },
      sign: (authData) => Promise.resolve(signedBy(authData)),
      verify: 'all',
      openEntries: ways.openEntries,
      sealEntries: ways.sealEntries,
    }
    const events = await collect(rotate(options))
    const last = events.at(-1)
    expect(last).toMatchObject({ type: 'finished' })
    const key = await vault.current()
    if (last?.type !== 'finished' || key === null) throw new TypeError('It did not finish')
    expect(await openedIn(server, last.report.version, key)).toEqual(
      await openedIn(server, VERSION, account.key),
    )
    expect(ways.passed.sealed).toBe(COUNT)
    expect(ways.passed.opened).toBeGreaterThanOrEqual(2 * COUNT)
  }
})

test('a push of a dump into a backup, and their comparison', async () => {
  for (const { openEntries: opener, sealEntries: sealer, passed } of waysOf()) {
    const server = createSimulatedServer()
    server.createVersion(account.version.algorithm, account.version.auth_data)
    const backup = {
      api: server.api,
      key: account.key,
      algorithms: [megolmBackupV1],
      openEntries: opener,
      sealEntries: sealer,
    }
    const dump = dumpSource(account.entries, { ...OPENING, openEntries: opener })
    const pushed = await collect(push(dump, backup))
    expect(pushed.at(-1)).toMatchObject({
      type: 'finished',
      report: { pushed: { uploaded: COUNT } },
    })
    expect(passed.sealed).toBe(COUNT)
    const compared = await collect(diff(dump, backupSource(backup)))
    expect(compared.at(-1)).toMatchObject({ type: 'finished', summary: { equal: COUNT } })
    expect(passed.opened).toBe(3 * COUNT)
  }
})

test('a push into an empty backup reads it once', async () => {
  const server = createSimulatedServer()
  server.createVersion(account.version.algorithm, account.version.auth_data)
  const fromStart = account.entries.filter(
    ({ data }) => isJsonObject(data) && data['first_message_index'] === 0,
  )
  const backup = { api: server.api, key: account.key, algorithms: [megolmBackupV1] }
  await collect(push(dumpSource(fromStart, OPENING), backup))
  const readings = server.calls.filter(({ operation }) => operation === 'readKeys')
  expect(readings).toHaveLength(1)
})

test('what the engine uploads', async () => {
  for (const { sealEntries: sealer, passed } of waysOf()) {
    const { server } = createWorld([])
    const ports = portsOf(server.api)
    const sessions = account.expected.slice(0, 100).map((session) => ({
      roomId: roomId(session.room_id),
      sessionId: sessionId(session.session_id),
      session,
      provenance: { kind: 'direct' } as const,
    }))
    await importKeys(ports.store, sessions)
    const info = await server.api.currentVersion()
    if (info === null) throw new TypeError('There is a version')
    const backup = { info, key: { mode: 'full', key: account.key } as const }
    const pending = await readPending(
      { ...ports, sealEntries: sealer },
      { type: 'read_pending', backup, limit: 100 },
      AbortSignal.any([]),
    )
    expect(pending.keys).toHaveLength(100)
    expect(passed.sealed).toBe(100)
  }
})
