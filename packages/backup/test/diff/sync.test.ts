/** Synchronising a store with a backup, and pushing sources into it: case by case. */
import { describe, expect, test } from 'vitest'
import { PUSH_BATCH_SIZE } from '../../src/diff/push-source.ts'
import { MAX_REFUSALS } from '../../src/diff/upload-keys.ts'
import {
  exportSource,
  planPush,
  planSync,
  push,
  type PushOutcome,
  sync,
  type SyncDirection,
} from '../../src/diff.ts'
import { createMemoryStore } from '../../src/memory.ts'
import { isSettled } from '../../src/merge.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { rejected } from '../caught.ts'
import { addressOf } from '../engine/sessions.ts'
import { open } from '../engine/world.ts'
import { createWorld, VERSION } from '../restore/world.ts'
import { anyIsBetterRule, specificationRule } from '../simulation/server.ts'
import { account } from '../vectors.ts'
import {
  backupOf,
  type HeldPlan,
  itemOf,
  type KeyPlan,
  pushedOf,
  reportOf,
  run,
  serverOf,
  sourceOf,
  storeOf,
  WRONG_KEY,
} from './world.ts'

const plan = (number: number, more: Partial<KeyPlan> = {}): KeyPlan => ({
  number,
  index: 0,
  truth: 'genuine',
  origin: 'direct',
  ...more,
})

const held = (number: number, more: Partial<HeldPlan> = {}): HeldPlan => ({
  number,
  index: 0,
  truth: 'genuine',
  kind: 'ours',
  claimed: null,
  isVerified: false,
  forwardedCount: 0,
  ...more,
})

const resultOf = (outcome: PushOutcome): string =>
  outcome.outcome === 'refused' ? outcome.reason : outcome.outcome

type Row = readonly [what: string, ours: Partial<KeyPlan>, theirs: Partial<HeldPlan> | null, string]

const ROWS: readonly Row[] = [
  ['missing', {}, null, 'uploaded'],
  ['missing, and beginning late', { index: 5 }, null, 'uploaded'],
  ['the same', {}, {}, 'equal'],
  ['earlier', { index: 2 }, { index: 9 }, 'uploaded'],
  ['earlier than what was forwarded', {}, { index: 9, forwardedCount: 2 }, 'uploaded'],
  ['later', { index: 9 }, { index: 2 }, 'server_better'],
  [
    'later, where the metadata would displace',
    { index: 9 },
    { index: 2, forwardedCount: 3 },
    'server_better',
  ],
  [
    'later, where the index is claimed too late',
    { index: 9 },
    { index: 2, claimed: 90 },
    'server_better',
  ],
  ['false on the server', {}, { truth: 'false', index: 5 }, 'conflicting'],
  ['not to be opened, and claimed worse', {}, { kind: 'theirs', index: 5 }, 'uploaded'],
  ['not to be opened, and claimed better', { index: 5 }, { kind: 'theirs' }, 'shadowed'],
  ['damaged, and claimed the same', {}, { kind: 'garbage' }, 'shadowed'],
]

describe.each([
  ['the specification’s rule', specificationRule],
  ['any is better', anyIsBetterRule],
] as const)('%s: a key that is', (_, rule) => {
  test.each(ROWS.map(([what, ours, theirs, expected]) => ({ what, ours, theirs, expected })))(
    '$what',
    async ({ ours, theirs, expected }) => {
      const server = await serverOf(theirs === null ? [] : [held(1, theirs)], { rule })
      const events = await run(push(sourceOf([itemOf(plan(1, ours))]), backupOf(server.api)))
      expect(pushedOf(events)).toMatchObject([addressOf(1)])
      expect(pushedOf(events).map(resultOf)).toEqual([expected])
      expect(reportOf(events).pushed).toEqual({ [expected]: 1 })
      const uploads = server.calls.filter(({ operation }) => operation === 'uploadKeys')
      expect(uploads).toHaveLength(expected === 'uploaded' ? 1 : 0)
    },
  )
})

describe('metadata that claim more than there is', () => {
  const worse = held(1, { index: 40, isVerified: true })
  const ours = sourceOf([itemOf(plan(1, { index: 2 }))])

  test('shadow a better key where the server keeps to the specification', async () => {
    const server = await serverOf([worse])
    const [outcome] = pushedOf(await run(push(ours, backupOf(server.api))))
    expect(outcome).toMatchObject({ outcome: 'refused', reason: 'shadowed' })
  })

  test('do not where any is better: it is read back', async () => {
    const server = await serverOf([worse], { rule: anyIsBetterRule })
    const [outcome] = pushedOf(await run(push(ours, backupOf(server.api))))
    expect(outcome).toMatchObject({ outcome: 'uploaded' })
    const [entry] = server.entriesOf('1')
    expect(entry?.data.first_message_index).toBe(2)
  })
})

test('what another device uploads meanwhile is read before it could be displaced', async () => {
  const server = await serverOf([], { rule: anyIsBetterRule })
  const theirs = await serverOf([held(1, { index: 3, forwardedCount: 4 })])
  let reads = 0
  server.setFaults(({ operation }) => {
    if (operation === 'readKey' || operation === 'readKeys') reads += 1
    return reads === 2
      ? {
          kind: 'meanwhile',
          act: (one) => {
            one.putKeys('1', theirs.entriesOf('1'))
          },
        }
      : { kind: 'none' }
  })
  const [outcome] = pushedOf(
    await run(push(sourceOf([itemOf(plan(1, { index: 9 }))]), backupOf(server.api))),
  )
  expect(outcome).toMatchObject({ outcome: 'server_better' })
  expect(server.entriesOf('1')).toEqual(theirs.entriesOf('1'))
})

describe('directions', () => {
  const world = async () => {
    const server = await serverOf([held(2), held(3, { index: 1 })])
    return { server, store: await storeOf([plan(1), plan(3, { index: 4 })]) }
  }
  const rows: readonly (readonly [SyncDirection, object, number, number])[] = [
    ['push', { pulled: {}, pushed: { uploaded: 1, server_better: 1 } }, 2, 3],
    ['pull', { pulled: { added: 1, improved: 1 }, pushed: {} }, 3, 2],
    ['both', { pulled: { added: 1, improved: 1 }, pushed: { uploaded: 1, equal: 2 } }, 3, 3],
  ]

  test.each(rows)('%s', async (direction, report, ...counts) => {
    const { server, store } = await world()
    const options = { store, backup: backupOf(server.api), direction }
    expect(reportOf(await run(sync(options)))).toEqual(report)
    expect([(await store.counts(VERSION)).total, server.entriesOf('1').length]).toEqual(counts)
  })

  test('both: everything is marked as stored, and a second run does nothing', async () => {
    const { server, store } = await world()
    const options = { store, backup: backupOf(server.api) }
    await run(sync(options))
    expect(await store.counts(VERSION)).toEqual({ total: 3, pending: 0 })
    const before = server.calls.length
    const report = reportOf(await run(sync(options)))
    expect(report).toEqual({ pulled: { unchanged: 3 }, pushed: { equal: 3 } })
    expect(server.calls.slice(before).map(({ operation }) => operation)).toEqual([
      'currentVersion',
      'readKeys',
    ])
  })

  test('push: what is equal on the server is marked, what is better there is not', async () => {
    const { server, store } = await world()
    await run(sync({ store, backup: backupOf(server.api), direction: 'push' }))
    const [mine, late] = [await store.get(addressOf(1)), await store.get(addressOf(3))]
    expect(mine !== null && isSettled(mine, VERSION)).toBe(true)
    expect(late !== null && isSettled(late, VERSION)).toBe(false)
  })
})

test('of copies that conflict the best one goes up, and the session is not marked', async () => {
  const server = await serverOf([])
  const origin = 'export_file'
  const store = await storeOf([plan(1, { origin }), plan(1, { truth: 'false', index: 4, origin })])
  const backup = backupOf(server.api)
  expect(reportOf(await run(sync({ store, backup }))).pushed).toEqual({ uploaded: 1 })
  expect(server.entriesOf('1')).toHaveLength(1)
  expect(await store.counts(VERSION)).toEqual({ total: 1, pending: 1 })
  expect(reportOf(await run(sync({ store, backup }))).pushed).toEqual({ conflicting: 1 })
})

describe('a plan', () => {
  test('says what would be done, and does nothing', async () => {
    const server = await serverOf([
      held(2),
      held(3, { index: 1 }),
      held(4, { truth: 'false' }),
      held(5, { kind: 'theirs' }),
    ])
    const store = await storeOf([plan(1), plan(3, { index: 4 }), plan(4)])
    const actions: Record<string, readonly string[]> = {}
    for (const direction of ['push', 'pull', 'both'] as const) {
      const said: string[] = []
      for await (const event of planSync({ store, backup: backupOf(server.api), direction }))
        if (event.type === 'difference') said.push(`${event.difference.kind}: ${event.action}`)
      actions[direction] = said.toSorted()
    }
    expect(actions).toEqual({
      push: [
        'better_in_b: leave',
        'conflicting: leave',
        'invalid_in_b: leave',
        'missing_in_a: leave',
        'missing_in_b: upload',
      ],
      pull: [
        'better_in_b: import',
        'conflicting: import',
        'invalid_in_b: leave',
        'missing_in_a: import',
        'missing_in_b: leave',
      ],
      both: [
        'better_in_b: import',
        'conflicting: import',
        'invalid_in_b: leave',
        'missing_in_a: import',
        'missing_in_b: upload',
      ],
    })
    expect((await store.counts(VERSION)).total).toBe(3)
    expect(server.calls.some(({ operation }) => operation === 'uploadKeys')).toBe(false)
  })

  test('of a push of an export file', async () => {
    const server = await serverOf([])
    const events = planPush(exportSource(account.expected), backupOf(server.api))
    let uploads = 0
    for await (const event of events)
      if (event.type === 'difference' && event.action === 'upload') uploads += 1
    expect(uploads).toBe(account.expected.length)
  })
})

describe('an export file', () => {
  test('goes into an empty backup, every key of it, and opens again', async () => {
    const server = await serverOf([])
    const backup = backupOf(server.api)
    const events = await run(push(exportSource(account.expected), backup))
    expect(reportOf(events).pushed).toEqual({ uploaded: account.expected.length })
    const uploads = server.calls.filter(({ operation }) => operation === 'uploadKeys')
    expect(uploads.map(({ entries }) => entries.length)).toEqual([PUSH_BATCH_SIZE, 50])
    const expected = new Map(account.expected.map((one) => [one.session_id, one.session_key]))
    for (const { data, ...address } of server.entriesOf('1'))
      expect(await open(address, data)).toBe(expected.get(address.sessionId))
  })

  test('into a backup that has it: nothing', async () => {
    const { server, options } = createWorld()
    const backup = { ...options, api: server.api, algorithms: [megolmBackupV1] }
    const events = await run(push(exportSource(account.expected), backup))
    expect(reportOf(events).pushed).toEqual({ equal: account.expected.length })
  })

  test('with a key twice: the better one is in the backup, whichever comes first', async () => {
    for (const indexes of [
      [9, 2],
      [2, 9],
    ]) {
      const server = await serverOf([])
      const items = indexes.map((index) => itemOf(plan(1, { index })))
      await run(push(sourceOf(items), backupOf(server.api)))
      expect(server.entriesOf('1').map(({ data }) => data.first_message_index)).toEqual([2])
    }
  })
})

describe('a server in trouble', () => {
  const items = (count: number) =>
    sourceOf(Array.from({ length: count }, (_, number) => itemOf(plan(number + 1))))

  test('that takes few keys at once gets them in parts', async () => {
    const server = await serverOf([], { maxKeys: 3 })
    const events = await run(push(items(20), backupOf(server.api)))
    expect(reportOf(events).pushed).toEqual({ uploaded: 20 })
  })

  test('that refuses one key gets all others', async () => {
    const { sessionId } = addressOf(4)
    const server = await serverOf([], { refuses: (entry) => entry.sessionId === sessionId })
    const events = await run(push(items(9), backupOf(server.api)))
    expect(reportOf(events).pushed).toEqual({ uploaded: 8, rejected: 1 })
  })

  test('that refuses every key is not believed', async () => {
    const server = await serverOf([], { refuses: () => true })
    const error = await rejected(run(push(items(60), backupOf(server.api))))
    expect(error.code).toBe('rejected')
    const uploads = server.calls.filter(({ operation }) => operation === 'uploadKeys')
    expect(uploads.length).toBeLessThan(3 * MAX_REFUSALS)
  })

  test('whose backup is replaced meanwhile, has no backup, or has another key', async () => {
    const server = await serverOf([])
    const backup = backupOf(server.api)
    const store = await storeOf([plan(1)])
    server.setFaults(({ operation }) =>
      operation === 'uploadKeys' ? { kind: 'answer', code: 'wrong_version' } : { kind: 'none' },
    )
    expect((await rejected(run(sync({ store, backup })))).code).toBe('version_changed')
    const other = { ...backup, key: WRONG_KEY }
    expect((await rejected(run(sync({ store, backup: other })))).code).toBe('wrong_key')
    server.deleteVersion('1')
    expect((await rejected(run(sync({ store, backup })))).code).toBe('no_backup')
  })

  test('an aborted run rejects with the reason, and goes on when it is run again', async () => {
    const server = await serverOf([held(2), held(3)])
    const store = createMemoryStore()
    const controller = new AbortController()
    const options = { store, backup: backupOf(server.api), signal: controller.signal }
    const cut = async (): Promise<void> => {
      for await (const event of sync(options))
        if (event.type === 'pulled') controller.abort(new Error('enough'))
    }
    await expect(cut()).rejects.toThrow('enough')
    await run(sync({ store, backup: backupOf(server.api) }))
    expect(await store.counts(VERSION)).toEqual({ total: 2, pending: 0 })
  })
})
