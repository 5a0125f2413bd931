import type { BackupEntry } from '../../src/entry.ts'
import { BackupError } from '../../src/errors.ts'
import { openEntries, type OpenEntries } from '../../src/open-entries.ts'
import { createEntryPool, type PoolWorker, WorkerLostError } from '../../src/pool.node.ts'
import type { RoomKeysApi } from '../../src/ports.ts'
import { restore, type RestoreOptions } from '../../src/restore.ts'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { collect } from '../../src/collect.ts'
import { account } from '../vectors.ts'
import { createWarmPool, OPENING } from '../warm-pool.ts'
import { contentOf, createWorld, outcomesOf, reportOf, run, VERSION, type World } from './world.ts'

const COUNT = account.entries.length

const pool = await createWarmPool()
afterAll(() => pool.close())

/** A server that answers with these very entries, be they whole or not. */
function serving(world: World, entries: readonly BackupEntry[]): RestoreOptions {
  async function* readKeys(): AsyncGenerator<BackupEntry> {
    await Promise.resolve()
    yield* entries
  }
  return { ...world.options, api: { ...world.server.api, readKeys } }
}

const BROKEN: readonly unknown[] = [null, {}, { session_data: 1 }, { session_data: { mac: '' } }]

/** What an outcome says, but for the identity of its error. */
function told(events: Awaited<ReturnType<typeof run>>): unknown {
  return outcomesOf(events).map((outcome) =>
    outcome.status === 'failed' ? { ...outcome, error: outcome.error.message } : outcome,
  )
}

test('comes to the same outcomes and the same store, whatever is broken or held', async () => {
  const places = fc.uniqueArray(fc.nat({ max: COUNT - 1 }), { maxLength: 20 })
  const held = fc.uniqueArray(fc.nat({ max: COUNT - 1 }), { maxLength: COUNT })
  await fc.assert(
    fc.asyncProperty(places, held, fc.nat({ max: 3 }), async (damage, known, kind) => {
      const entries = account.entries.map((entry, i) =>
        damage.includes(i) ? { ...entry, data: BROKEN[kind] } : entry,
      )
      const ends = []
      for (const opener of [openEntries, pool.openEntries] satisfies OpenEntries[]) {
        const world = createWorld()
        const before = account.entries.filter((_, i) => known.includes(i))
        await run(serving(world, before))
        const events = await run({ ...serving(world, entries), openEntries: opener })
        ends.push([told(events), reportOf(events), await contentOf(world.store)])
      }
      expect(ends[1]).toEqual(ends[0])
    }),
    { numRuns: 12 },
  )
})

test('leaves the pool open', async () => {
  await run({ ...createWorld().options, openEntries: pool.openEntries })
  expect(await collect(pool.openEntries(account.entries, OPENING))).toHaveLength(COUNT)
})

test('a signal ends it anywhere; what was told is in the store, and the next run does the rest', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: COUNT - 1 }), async (after) => {
      const world = createWorld()
      const controller = new AbortController()
      const options = { ...world.options, openEntries: pool.openEntries }
      let entries = 0
      const cancelled = async (): Promise<void> => {
        for await (const event of restore({ ...options, signal: controller.signal })) {
          if (event.type === 'entry') entries += 1
          if (entries === after) controller.abort(new RangeError('enough'))
        }
      }
      await expect(cancelled()).rejects.toThrow('enough')
      expect(entries).toBe(after)
      expect((await world.store.counts(VERSION)).total).toBeGreaterThanOrEqual(after)
      expect(reportOf(await run(options))).toMatchObject({ result: 'complete', done: COUNT })
    }),
    { numRuns: 8 },
  )
})

/** A server that gives some entries and then nothing more, until it is told to stop. */
function stalling(world: World): {
  readonly api: RoomKeysApi
  readonly signals: (AbortSignal | undefined)[]
} {
  const signals: (AbortSignal | undefined)[] = []
  const readKeys: RoomKeysApi['readKeys'] = async function* (_, { signal } = {}) {
    signals.push(signal)
    yield* account.entries
    await new Promise((_resolve, reject) =>
      signal?.addEventListener('abort', () => {
        reject(new RangeError('stopped'))
      }),
    )
  }
  return { api: { ...world.server.api, readKeys }, signals }
}

describe('a reading that is under way', () => {
  test('is ended when the loop is left', async () => {
    const world = createWorld()
    const { api, signals } = stalling(world)
    for await (const event of restore({ ...world.options, api, openEntries: pool.openEntries }))
      if (event.type === 'entry') break
    expect(signals.map((signal) => signal?.aborted)).toEqual([true])
  })

  test('is ended by the signal', async () => {
    const world = createWorld()
    const { api, signals } = stalling(world)
    const controller = new AbortController()
    const { signal } = controller
    const cancelled = async (): Promise<void> => {
      const options = { ...world.options, api, signal, openEntries: pool.openEntries }
      for await (const event of restore(options))
        if (event.type === 'entry') controller.abort(new RangeError('enough'))
    }
    await expect(cancelled()).rejects.toThrow('enough')
    expect(signals.map((one) => one?.aborted)).toEqual([true])
  })
})

/** A thread that ends itself with the third batch. */
async function mortalWorker(): Promise<() => PoolWorker> {
  const { Worker } = await import('node:worker_threads')
  const module = new URL('../../src/pool-worker.node.ts', import.meta.url).href
  const code = `
    let batches = 0
    require('node:worker_threads').parentPort.on('message', ({ kind }) => {
      if (kind === 'batch' && ++batches === 3) process.exit(1)
    })
    import(${JSON.stringify(module)})`
  return () => {
    const thread = new Worker(code, { eval: true })
    return {
      postMessage: (message, transfer) => {
        thread.postMessage(message, transfer)
      },
      addEventListener: (type, listener) => {
        thread.on(type === 'error' ? 'exit' : type, (data: unknown) => {
          listener({ data })
        })
      },
      terminate: () => thread.terminate(),
    }
  }
}

test('workers that die are an error with a type, and nothing is stored by half or lost', async () => {
  const world = createWorld()
  const entries = Array.from({ length: 10 }, () => account.entries).flat()
  const options = serving(world, entries)
  await using dying = createEntryPool({ size: 1, createWorker: await mortalWorker() })
  // So much that a worker is worth its start, and no batch more.
  await collect(dying.openEntries(entries.slice(0, 2_048), OPENING))
  const told: string[] = []
  const failing = async (): Promise<void> => {
    for await (const event of restore({ ...options, openEntries: dying.openEntries }))
      if (event.type === 'entry') told.push(event.outcome.sessionId)
  }
  const failure: unknown = await failing().catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(WorkerLostError)
  expect(failure).toMatchObject({ code: 'worker_lost', retryable: true })
  const stored = (await contentOf(world.store)).map(({ sessionId }) => sessionId)
  expect(stored).toEqual(expect.arrayContaining(told))
  await run(world.options)
  expect(await contentOf(world.store)).toHaveLength(COUNT)
})

/** Opens in this thread, and takes so many entries ahead. */
function ahead(entriesAhead: number): OpenEntries {
  return async function* (entries, options) {
    const waiting: BackupEntry[] = []
    for await (const entry of entries) {
      waiting.push(entry)
      if (waiting.length > entriesAhead) yield* openEntries(waiting.splice(0, 1), options)
    }
    yield* openEntries(waiting, options)
  }
}

describe('an opener of the caller’s', () => {
  test.each([0, 1, 100])('that takes %i ahead has no more read than it takes', async (taken) => {
    const world = createWorld()
    let [read, done, most] = [0, 0, 0]
    async function* readKeys(): AsyncGenerator<BackupEntry> {
      await Promise.resolve()
      for (const entry of account.entries) {
        read += 1
        most = Math.max(most, read - done)
        yield entry
      }
    }
    const api = { ...world.server.api, readKeys }
    for await (const event of restore({ ...world.options, api, openEntries: ahead(taken) }))
      if (event.type === 'entry') done += 1
    expect(done).toBe(COUNT)
    // What is taken, and what is asked of the store, and told to it, at once.
    expect(most).toBeLessThanOrEqual(taken + 2 * 64)
  })

  test.each([
    ['too few', 0],
    ['too many', 2],
  ])('that gives %s outcomes is a mistake', async (_, times) => {
    const careless: OpenEntries = async function* (entries, options) {
      for await (const outcome of openEntries(entries, options))
        for (let i = 0; i < times; i++) yield outcome
    }
    const { options } = createWorld()
    await expect(run({ ...options, openEntries: careless })).rejects.toThrow(TypeError)
    await expect(run({ ...options, openEntries: careless })).rejects.not.toThrow(BackupError)
  })
})
