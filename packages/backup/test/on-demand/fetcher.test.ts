import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import type { DecryptionKey } from '../../src/decryption-key.ts'
import { addressKey } from '../../src/merge/address-key.ts'
import {
  createKeyFetcher,
  type FetchOutcome,
  FIRST_MISS_BACK_OFF_MS,
  MAX_MISS_BACK_OFF_MS,
} from '../../src/on-demand.ts'
import { ApiError } from '../../src/ports.ts'
import { createMemoryStore } from '../../src/memory.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { add, addressOf } from '../engine/sessions.ts'
import { VERSION, uploadOf } from '../restore/world.ts'
import { createSimulatedServer } from '../simulation/server.ts'
import { account, at } from '../vectors.ts'
import { createManualClock, settled } from './clock.ts'
import {
  BROKEN_ENTRY,
  createWorld,
  entryData,
  type ManualServer,
  type PendingCall,
  sourceOf,
} from './world.ts'

const genuine = (index: number) => ({ index, truth: 'genuine' }) as const

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => void process.off('unhandledRejection', note))

/** The call that has waited for the longest. */
async function next({ pending }: ManualServer): Promise<PendingCall> {
  await settled()
  return at(pending, 0)
}

async function answerNext(server: ManualServer, answer: unknown): Promise<void> {
  ;(await next(server)).resolve(answer)
  await settled()
}

async function failNext(server: ManualServer, error: Error): Promise<void> {
  ;(await next(server)).reject(error)
  await settled()
}

const operations = ({ calls }: ManualServer): readonly string[] =>
  calls.map(({ operation }) => operation)

test('a session of a real backup ends in the store, with its origin', async () => {
  const server = createSimulatedServer()
  server.createVersion(account.version.algorithm, account.version.auth_data)
  server.putKeys(VERSION, account.entries.map(uploadOf))
  const store = createMemoryStore()
  const key: DecryptionKey = account.key
  const fetcher = createKeyFetcher({
    api: server.api,
    store,
    clock: createManualClock(),
    jitter: () => 0,
    source: { version: VERSION, key, algorithm: megolmBackupV1 },
  })
  const address = at(account.entries, 7)
  const outcome = await fetcher.fetch(address)
  expect(outcome).toMatchObject({ status: 'restored', merged: 'added' })
  const session = await store.get(address)
  expect(session?.copies[0]?.origins[0]?.provenance).toEqual({ kind: 'unauthenticated_backup' })
  expect(session?.upload).toMatchObject({ version: VERSION, state: 'stored' })
  expect(await fetcher.fetch(address)).toMatchObject({ status: 'held' })
  expect(server.calls.map(({ operation }) => operation)).toEqual(['readKey'])
  expect(await fetcher.fetch(addressOf(3))).toEqual({ status: 'not_in_backup' })
})

test('a hundred who ask for one session make one request', async () => {
  const { fetcher, server } = createWorld()
  const asked = Array.from({ length: 100 }, (_, index) =>
    fetcher.fetch(addressOf(0), { messageIndex: index }),
  )
  await answerNext(server, entryData(0, genuine(40)))
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  expect(statuses.slice(0, 40)).toEqual(Array<string>(40).fill('starts_too_late'))
  expect(statuses.slice(40)).toEqual(Array<string>(60).fill('restored'))
  expect(operations(server)).toEqual(['readKey'])
})

test('a session is fetched again when the local key starts too late', async () => {
  const { fetcher, server, store } = createWorld()
  await add(store, 0, { ...genuine(30), provenance: { kind: 'direct' } })
  expect(await fetcher.fetch(addressOf(0), { messageIndex: 30 })).toEqual({
    status: 'held',
    firstMessageIndex: 30,
  })
  expect(operations(server)).toEqual([])
  const asked = fetcher.fetch(addressOf(0), { messageIndex: 29 })
  await answerNext(server, entryData(0, genuine(2)))
  expect(await asked).toEqual({ status: 'restored', merged: 'improved', firstMessageIndex: 2 })
})

test('of conflicting copies any counts that begins early enough', async () => {
  const { fetcher, server, store } = createWorld()
  await add(store, 0, { ...genuine(30), provenance: { kind: 'export_file' } })
  const asked = fetcher.fetch(addressOf(0), { messageIndex: 3 })
  await answerNext(server, entryData(0, { index: 2, truth: 'false' }))
  expect(await asked).toEqual({
    status: 'restored',
    merged: 'kept_conflicting',
    firstMessageIndex: 2,
  })
  expect((await store.get(addressOf(0)))?.copies).toHaveLength(2)
  expect(await fetcher.fetch(addressOf(0), { messageIndex: 2 })).toMatchObject({ status: 'held' })
})

test('what conflicts with a direct key is refused, and not asked for at once again', async () => {
  const { fetcher, server, store } = createWorld()
  await add(store, 0, { ...genuine(30), provenance: { kind: 'direct' } })
  const asked = fetcher.fetch(addressOf(0), { messageIndex: 3 })
  await answerNext(server, entryData(0, { index: 0, truth: 'false' }))
  expect(await asked).toEqual({ status: 'refused' })
  expect(await fetcher.fetch(addressOf(0), { messageIndex: 3 })).toMatchObject({
    status: 'backing_off',
    because: 'refused',
  })
})

test('what cannot be decrypted is told from what is not there', async () => {
  const { fetcher, server } = createWorld()
  const asked = [fetcher.fetch(addressOf(0)), fetcher.fetch(addressOf(1))]
  await answerNext(server, BROKEN_ENTRY)
  await answerNext(server, null)
  await answerNext(server, {})
  expect(await Promise.all(asked)).toMatchObject([
    { status: 'failed', reason: 'mac_mismatch' },
    { status: 'not_in_backup' },
  ])
  expect(await fetcher.fetch(addressOf(0))).toMatchObject({ because: 'undecryptable' })
  expect(await fetcher.fetch(addressOf(1))).toMatchObject({ because: 'not_in_backup' })
})

describe('the negative cache', () => {
  it('expires by the clock at each question, and backs off longer (D8)', async () => {
    const { fetcher, server, clock } = createWorld()
    const miss = async (): Promise<FetchOutcome> => {
      const asked = fetcher.fetch(addressOf(0))
      await answerNext(server, null)
      if (server.pending.length > 0) await answerNext(server, {})
      return asked
    }
    let wait = FIRST_MISS_BACK_OFF_MS
    for (let round = 0; round < 14; round += 1) {
      expect(await miss()).toEqual({ status: 'not_in_backup' })
      await clock.advance(wait - 1)
      const early = await fetcher.fetch(addressOf(0))
      expect(early).toMatchObject({ status: 'backing_off', retryInMs: 1 })
      await clock.advance(1)
      wait = Math.min(MAX_MISS_BACK_OFF_MS, wait * 2)
    }
    expect(wait).toBe(MAX_MISS_BACK_OFF_MS)
  })

  it('is passed by a retry, and another version forgets it', async () => {
    const { fetcher, server } = createWorld()
    const first = fetcher.fetch(addressOf(0))
    await answerNext(server, null)
    await answerNext(server, {})
    await first
    const again = fetcher.retry(addressOf(0))
    await answerNext(server, BROKEN_ENTRY)
    expect(await again).toMatchObject({ status: 'failed' })
    expect(await fetcher.fetch(addressOf(0))).toMatchObject({ status: 'backing_off' })
    fetcher.use(sourceOf(1, 1))
    const other = fetcher.fetch(addressOf(0))
    await answerNext(server, entryData(0, genuine(0)))
    expect(await other).toMatchObject({ status: 'restored' })
  })

  it('does not keep what was only out of reach', async () => {
    const { fetcher, server, clock } = createWorld()
    const asked = fetcher.fetch(addressOf(0))
    for (const wait of [1_000, 2_000, 0]) {
      await failNext(server, new ApiError('offline', 'The connection was cut'))
      await clock.advance(wait)
    }
    expect(await asked).toMatchObject({ status: 'unavailable', error: { code: 'offline' } })
    const again = fetcher.fetch(addressOf(0))
    await answerNext(server, entryData(0, genuine(0)))
    expect(await again).toMatchObject({ status: 'restored' })
  })
})

describe('a version that was deleted', () => {
  it('is found out once, and nothing is remembered as missing', async () => {
    const { fetcher, server, gone } = createWorld()
    const asked = Array.from({ length: 7 }, (_, number) => fetcher.fetch(addressOf(number)))
    for (let answered = 0; answered < 4; answered += 1) {
      await settled()
      server.pending.find(({ operation }) => operation === 'readKey')?.resolve(null)
    }
    await settled()
    server.pending.find(({ operation }) => operation === 'readVersion')?.resolve(null)
    const outcomes = await Promise.all(asked)
    expect(outcomes).toEqual(
      Array(7).fill({ status: 'no_backup', because: 'version_gone' } satisfies FetchOutcome),
    )
    expect(gone).toEqual([VERSION])
    expect(operations(server).filter((one) => one === 'readVersion')).toHaveLength(1)
    fetcher.use(sourceOf(2))
    const again = fetcher.fetch(addressOf(0))
    await answerNext(server, entryData(0, genuine(0)))
    expect(await again).toMatchObject({ status: 'restored' })
  })

  it('is replaced from within the listener', async () => {
    const { fetcher, server } = createWorld({
      onVersionGone: () => {
        fetcher.use(sourceOf(2))
      },
    })
    const asked = fetcher.fetch(addressOf(0))
    await answerNext(server, null)
    await answerNext(server, null)
    expect(await asked).toMatchObject({ status: 'no_backup' })
    const again = fetcher.fetch(addressOf(0))
    await answerNext(server, entryData(0, genuine(0)))
    expect(await again).toMatchObject({ status: 'restored' })
  })

  it('is asked for once for many keys that are missing', async () => {
    const { fetcher, server } = createWorld()
    const asked = [0, 1, 2].map((number) => fetcher.fetch(addressOf(number)))
    await answerNext(server, null)
    await answerNext(server, null)
    await answerNext(server, null)
    await answerNext(server, {})
    expect(await Promise.all(asked)).toEqual(Array(3).fill({ status: 'not_in_backup' }))
    const later = fetcher.fetch(addressOf(3))
    await answerNext(server, null)
    expect(await later).toEqual({ status: 'not_in_backup' })
    expect(operations(server).filter((one) => one === 'readVersion')).toHaveLength(1)
  })
})

describe('many sessions', () => {
  it('are asked for a few at a time, and the rooms take turns', async () => {
    const { fetcher, server } = createWorld({ concurrency: 2 })
    // Even numbers are of one room, odd ones of another; of the first many more are missing.
    const numbers = [0, 2, 4, 6, 1]
    const asked = numbers.map((number) => fetcher.fetch(addressOf(number)))
    for (let left = numbers.length; left > 0; left -= 1) {
      await settled()
      expect(server.pending).toHaveLength(Math.min(2, left))
      await answerNext(server, BROKEN_ENTRY)
    }
    await Promise.all(asked)
    const order = [0, 2, 4, 1, 6].map((number) => addressKey(addressOf(number)))
    expect(server.calls.map(({ key }) => key)).toEqual(order)
  })

  it('all wait as long as the server asks', async () => {
    const { fetcher, server, clock } = createWorld({ concurrency: 1 })
    const asked = [0, 1].map((number) => fetcher.fetch(addressOf(number)))
    await failNext(server, new ApiError('rate_limited', 'Too many', { retryAfterMs: 90_000 }))
    await clock.advance(89_999)
    expect(server.pending).toHaveLength(0)
    await clock.advance(1)
    await answerNext(server, BROKEN_ENTRY)
    await answerNext(server, BROKEN_ENTRY)
    expect(await Promise.all(asked)).toMatchObject([{ status: 'failed' }, { status: 'failed' }])
    expect(clock.sleepers()).toBe(0)
  })
})

describe('a caller', () => {
  it('leaves without harm to others', async () => {
    const { fetcher, server } = createWorld()
    const controller = new AbortController()
    const leaving = fetcher.fetch(addressOf(0), { signal: controller.signal })
    const staying = fetcher.fetch(addressOf(0))
    const call = await next(server)
    controller.abort(new TypeError('No more'))
    await expect(leaving).rejects.toThrow('No more')
    expect(call.signal?.aborted).toBe(false)
    await answerNext(server, entryData(0, genuine(0)))
    expect(await staying).toMatchObject({ status: 'restored' })
  })

  it('who is the last to leave takes the request along', async () => {
    const { fetcher, server, clock } = createWorld()
    const controller = new AbortController()
    const leaving = [0, 1].map(() => fetcher.fetch(addressOf(0), { signal: controller.signal }))
    const call = await next(server)
    controller.abort()
    expect((await Promise.allSettled(leaving)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
    ])
    expect([call.signal?.aborted, server.pending.length, clock.sleepers()]).toEqual([true, 0, 0])
  })

  it('whose signal is aborted already asks nothing', async () => {
    const { fetcher, server } = createWorld()
    const signal = AbortSignal.abort(new TypeError('Never'))
    await expect(fetcher.fetch(addressOf(0), { signal })).rejects.toThrow('Never')
    await expect(fetcher.retry(addressOf(0), { signal })).rejects.toThrow('Never')
    await settled()
    expect(operations(server)).toEqual([])
  })

  it('is answered by a key that arrives on another way', async () => {
    const { fetcher, server, store } = createWorld()
    const asked = fetcher.fetch(addressOf(0), { messageIndex: 4 })
    const call = await next(server)
    await add(store, 0, { ...genuine(4), provenance: { kind: 'direct' } })
    fetcher.keyArrived(addressOf(0))
    expect(await asked).toEqual({ status: 'held', firstMessageIndex: 4 })
    expect(call.signal?.aborted).toBe(true)
  })

  it('is told that there is no backup, or that there is none any more', async () => {
    const { fetcher, server } = createWorld({ source: null })
    const none: FetchOutcome = { status: 'no_backup', because: 'no_key' }
    expect(await fetcher.fetch(addressOf(0))).toEqual(none)
    fetcher.use(sourceOf(1))
    const asked = fetcher.fetch(addressOf(0))
    await next(server)
    fetcher.use(null)
    expect(await asked).toEqual(none)
    await settled()
    expect(server.pending).toHaveLength(0)
  })

  it('is told of a store that fails, and of a mistake of the own', async () => {
    const store = {
      ...createMemoryStore(),
      get: () => Promise.reject(new Error('The disk is full')),
    }
    const { fetcher, server } = createWorld({ store })
    await expect(fetcher.fetch(addressOf(0))).rejects.toThrow('The disk is full')
    await expect(fetcher.fetch(addressOf(0), { messageIndex: -1 })).rejects.toThrow(TypeError)
    await expect(fetcher.retry(addressOf(0), { messageIndex: 0.5 })).rejects.toThrow(TypeError)
    expect(operations(server)).toEqual([])
    expect(() => createWorld({ concurrency: 0 })).toThrow(TypeError)
  })
})

test('no rejection was left unhandled', async () => {
  await settled()
  expect(unhandled).toEqual([])
})
