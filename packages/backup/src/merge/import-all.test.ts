import { describe, expect, test } from 'vitest'
import { contentOf, keyOf } from '../../test/merge/keys.ts'
import { createMemoryStore } from '../memory.ts'
import { IMPORT_BATCH_SIZE, importAll, type ImportAllOptions, type IncomingKey } from '../merge.ts'
import type { RoomKeyStore } from '../ports.ts'

const KEYS = Array.from({ length: 25 }, (_, number) =>
  keyOf({ session: number % 10, index: 30 - number }),
)

async function* slowly(keys: readonly IncomingKey[]) {
  for (const key of keys) yield await Promise.resolve(key)
}

/** A store that counts its updates. */
function countingStore(): { store: RoomKeyStore; updates: () => number } {
  const store = createMemoryStore()
  let updates = 0
  const update: RoomKeyStore['update'] = (...parameters) => {
    updates += 1
    return store.update(...parameters)
  }
  return { store: { ...store, update }, updates: () => updates }
}

async function outcomesOf(
  store: RoomKeyStore,
  source: Iterable<IncomingKey> | AsyncIterable<IncomingKey>,
  options?: ImportAllOptions,
): Promise<readonly string[]> {
  const outcomes: string[] = []
  for await (const { outcome } of importAll(store, source, options)) outcomes.push(outcome)
  return outcomes
}

const EXPECTED = KEYS.map((_, number) => (number < 10 ? 'added' : 'improved'))

test('an outcome for each key, in batches, from a list or a stream', async () => {
  const { store, updates } = countingStore()
  expect(await outcomesOf(store, KEYS, { batchSize: 10 })).toEqual(EXPECTED)
  expect(updates()).toBe(3)
  const other = countingStore()
  expect(await outcomesOf(other.store, slowly(KEYS))).toEqual(EXPECTED)
  expect(other.updates()).toBe(1)
  expect(await contentOf(other.store)).toEqual(await contentOf(store))
  expect(await outcomesOf(store, [])).toEqual([])
})

test('what was yielded is in the store', async () => {
  const { store } = countingStore()
  for await (const { roomId, sessionId } of importAll(store, KEYS, { batchSize: 1 }))
    expect(await store.get({ roomId, sessionId })).not.toBeNull()
})

test.each([0, -1, 1.5, NaN])('a batch size of %s is a mistake of the caller', async (batchSize) => {
  const importing = outcomesOf(createMemoryStore(), KEYS, { batchSize })
  await expect(importing).rejects.toBeInstanceOf(TypeError)
})

test('the batch size has a name', () => {
  expect(IMPORT_BATCH_SIZE).toBeGreaterThan(1)
})

describe('a signal', () => {
  test('stops before anything is read', async () => {
    const reason = new Error('enough')
    const { store, updates } = countingStore()
    const signal = AbortSignal.abort(reason)
    await expect(outcomesOf(store, KEYS, { signal })).rejects.toBe(reason)
    expect(updates()).toBe(0)
  })

  test('stops between two outcomes, and leaves whole batches', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const { store } = countingStore()
    const { signal } = controller
    const run = async () => {
      const taken: string[] = []
      for await (const { outcome } of importAll(store, KEYS, { signal, batchSize: 10 }))
        if (taken.push(outcome) === 13) controller.abort(reason)
    }
    await expect(run()).rejects.toBe(reason)
    const revisions = Object.values(await contentOf(store)).map(({ revision }) => revision)
    expect(revisions).toEqual(Array.from({ length: 10 }, () => 2))
  })

  test('that ends the source is no end of the keys', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    function* source() {
      yield* KEYS.slice(0, 3)
      controller.abort(reason)
    }
    const { signal } = controller
    await expect(outcomesOf(createMemoryStore(), source(), { signal })).rejects.toBe(reason)
  })
})

test('leaving the loop closes the source; an error of the source goes on', async () => {
  let closed = false
  function* source() {
    try {
      for (;;) yield keyOf()
    } finally {
      closed = true
    }
  }
  for await (const { outcome } of importAll(createMemoryStore(), source())) {
    expect(outcome).toBe('added')
    break
  }
  expect(closed).toBe(true)
  const reason = new Error('no more')
  function* failing(): Generator<IncomingKey> {
    yield keyOf()
    throw reason
  }
  await expect(outcomesOf(createMemoryStore(), failing())).rejects.toBe(reason)
})
