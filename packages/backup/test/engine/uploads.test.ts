import { backupVersion } from '@roomkeys/types'
import { describe, expect, test } from 'vitest'
import type { Command, EnginePorts } from '../../src/engine.ts'
import { anyIsBetterRule, type Fault, type FaultPlan } from '../simulation/server.ts'
import { addressOf } from './sessions.ts'
import { scene, silentClock, uploadSizes, zeros } from './start.ts'
import { steady, turn } from './steady.ts'
import { createDurable, entryOf, FULL, OURS, UPLOAD_ONLY } from './world.ts'

const V1 = backupVersion('1')
const NONE: Fault = { kind: 'none' }

/** The faults of the uploads, in their order; then none. */
function onUploads(...faults: readonly Fault[]): FaultPlan {
  let position = -1
  return ({ operation }) => {
    if (operation !== 'uploadKeys') return NONE
    position += 1
    return faults[position] ?? NONE
  }
}

describe('batches', () => {
  test('begin at 100 keys and grow slowly, and wait at random before the first alone', async () => {
    const { server, engine, clock, notices } = await scene({ keys: zeros(330) })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(uploadSizes(server)).toEqual([100, 110, 120])
    expect(clock.sleeps).toEqual([5_000])
    expect(notices.filter(({ type }) => type === 'progress')).toEqual([
      { type: 'progress', version: '1', total: 330, pending: 230 },
      { type: 'progress', version: '1', total: 330, pending: 120 },
      { type: 'progress', version: '1', total: 330, pending: 0 },
    ])
    await engine.stop()
  })

  test('are halved when they are too large, down to one key', async () => {
    const { server, engine } = await scene({ keys: zeros(9), maxKeys: 1 })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(uploadSizes(server).slice(0, 5)).toEqual([9, 4, 2, 1, 1])
    expect(server.entriesOf('1')).toHaveLength(9)
    await engine.stop()
  })

  test('are halved after a timeout', async () => {
    const faults = onUploads({ kind: 'answer', code: 'timeout' })
    const { server, engine, clock } = await scene({ keys: zeros(8), faults })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(uploadSizes(server)).toEqual([8, 4, 4])
    expect(clock.sleeps).toEqual([5_000, 1_000])
    await engine.stop()
  })

  test('are halved after a slow answer', async () => {
    const faults = onUploads({ kind: 'slow', latencyMs: 12_000 })
    const { server, engine } = await scene({ keys: zeros(160), faults })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(uploadSizes(server)).toEqual([100, 50, 10])
    await engine.stop()
  })
})

describe('failures', () => {
  test('wait as long as the server asks', async () => {
    const faults = onUploads({ kind: 'answer', code: 'rate_limited', retryAfterMs: 42_000 })
    const { engine, clock } = await scene({ keys: zeros(1), faults })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(clock.sleeps).toEqual([5_000, 42_000])
    await engine.stop()
  })

  test('wait twice as long each time, up to a limit, and are forgotten after a success', async () => {
    const trouble: Fault = { kind: 'answer', code: 'server_error' }
    const faults = onUploads(...zeros(11).map(() => trouble), NONE, trouble)
    const { engine, clock, durable } = await scene({ keys: zeros(1), faults })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(clock.sleeps.slice(1)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000,
    ])
    await durable.store.update([addressOf(0)], (held) =>
      held === null ? null : { ...held, revision: held.revision + 1 },
    )
    engine.send({ type: 'keys_added' })
    await steady(engine)
    expect(clock.sleeps.slice(12)).toEqual([5_000, 1_000])
    await engine.stop()
  })

  test('of the network end when the app is online; what the server asked for does not', async () => {
    const faults = onUploads({ kind: 'cut_before' }, { kind: 'answer', code: 'rate_limited' })
    const { engine, server } = await scene({
      keys: zeros(1),
      faults,
      ports: { clock: silentClock },
    })
    const kindAfter = async (...commands: readonly Command[]): Promise<unknown> => {
      commands.forEach(engine.send)
      for (let turns = 0; turns < 20; turns += 1) await turn()
      const state = engine.state()
      return state.kind === 'enabled' ? state.upload.kind : state.kind
    }
    expect(await kindAfter({ type: 'enable', key: FULL })).toBe('jittering')
    expect(await kindAfter({ type: 'hurry' })).toBe('backing_off')
    expect(await kindAfter({ type: 'offline' })).toBe('offline')
    expect(await kindAfter({ type: 'online' })).toBe('backing_off')
    expect(uploadSizes(server)).toEqual([1, 1])
    expect(await kindAfter({ type: 'offline' }, { type: 'online' })).toBe('backing_off')
    expect(uploadSizes(server)).toEqual([1, 1])
    await engine.stop()
  })

  test('rest while the app is offline', async () => {
    const { engine, server, notices } = await scene({ keys: zeros(1) })
    engine.send({ type: 'enable', key: FULL })
    engine.send({ type: 'offline' })
    expect(await steady(engine)).toMatchObject({ kind: 'enabling' })
    const before = server.calls.length
    for (let turns = 0; turns < 20; turns += 1) await turn()
    expect(server.calls.length).toBe(before)
    engine.send({ type: 'online' })
    expect(await steady(engine)).toMatchObject({ upload: { kind: 'idle' } })
    expect(notices.at(-1)).toEqual({ type: 'backed_up', version: '1' })
    await engine.stop()
  })

  test('at the same keys let the others go first', async () => {
    const poison = addressOf(0).sessionId
    const faults: FaultPlan = ({ entries }) =>
      entries.some(({ sessionId }) => sessionId === poison)
        ? { kind: 'answer', code: 'server_error' }
        : NONE
    const { engine, server } = await scene({ keys: zeros(12), faults })
    engine.send({ type: 'enable', key: FULL })
    for (let turns = 0; turns < 400; turns += 1) await turn()
    expect(server.entriesOf('1').length).toBe(11)
    await engine.stop()
  })

  test('of authorisation wait for the app', async () => {
    const faults = onUploads({ kind: 'answer', code: 'unauthorized' })
    const { engine, server } = await scene({ keys: zeros(3), faults })
    engine.send({ type: 'enable', key: FULL })
    expect(await steady(engine)).toMatchObject({ kind: 'paused', because: 'unauthorized' })
    engine.send({ type: 'resume', key: null })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled' })
    expect(server.entriesOf('1')).toHaveLength(3)
    await engine.stop()
  })
})

describe('a key that the server refuses', () => {
  test('does not block the others, and is found in logarithmically many requests', async () => {
    const bad = addressOf(37).sessionId
    const { engine, server, notices } = await scene({
      keys: zeros(100),
      refuses: ({ sessionId }) => sessionId === bad,
    })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(server.entriesOf('1')).toHaveLength(99)
    expect(uploadSizes(server).length).toBeLessThanOrEqual(1 + 2 * 7)
    expect(notices.filter(({ type }) => type === 'keys_refused')).toEqual([
      {
        type: 'keys_refused',
        version: '1',
        keys: [{ ...addressOf(37), revision: 1, refused: 'rejected' }],
      },
    ])
    expect(await engine.waitUntilBackedUp()).toEqual({
      outcome: 'backed_up',
      version: '1',
      refused: [{ ...addressOf(37), reason: 'rejected' }],
    })
    await engine.stop()
  })

  test('is not given up when the server refuses every key', async () => {
    const { engine, server, durable } = await scene({ keys: zeros(100), refuses: () => true })
    engine.send({ type: 'enable', key: FULL })
    expect(await steady(engine)).toMatchObject({ kind: 'paused', because: 'all_keys_refused' })
    expect(await durable.store.counts(V1)).toEqual({ total: 100, pending: 100 })
    expect(server.calls.length).toBeLessThan(50)
    await engine.stop()
  })

  test('is marked when it cannot be encrypted at all', async () => {
    const { engine, server, durable } = await scene({ keys: zeros(3) })
    await durable.store.update([addressOf(1)], (held) =>
      held === null
        ? null
        : {
            ...held,
            copies: held.copies.map((copy) => ({
              ...copy,
              session: { ...copy.session, session_key: 'broken' },
            })),
          },
    )
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(server.entriesOf('1')).toHaveLength(2)
    expect(await engine.waitUntilBackedUp()).toMatchObject({
      refused: [{ ...addressOf(1), reason: 'unsealable' }],
    })
    await engine.stop()
  })
})

describe('marks', () => {
  test('are of a revision: a key that changes while it is uploaded is uploaded again', async () => {
    const { engine, server, durable } = await scene({ keys: zeros(1) })
    let changed: Promise<void> | null = null
    server.setFaults(({ operation }) => {
      if (operation === 'uploadKeys')
        changed ??= durable.store.update([addressOf(0)], (held) =>
          held === null ? null : { ...held, revision: held.revision + 1 },
        )
      return NONE
    })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(uploadSizes(server)).toEqual([1, 1])
    await engine.stop()
  })

  test('are of a version: a new one of the same key gets everything', async () => {
    const { engine, server } = await scene({ keys: zeros(4) })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    server.createVersion('m.megolm_backup.v1.curve25519-aes-sha2', {
      public_key: OURS.publicKey,
      signatures: {},
    })
    engine.send({ type: 'recheck' })
    expect(await steady(engine)).toMatchObject({ backup: { info: { version: '2' } } })
    expect(server.entriesOf('2')).toHaveLength(4)
    await engine.stop()
  })

  test('come after an answer alone: a lost one leads to a harmless repeat', async () => {
    const { engine, server, durable } = await scene({
      keys: zeros(2),
      faults: onUploads({ kind: 'cut_after' }),
    })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(uploadSizes(server)).toEqual([2, 2])
    expect(await durable.store.counts(V1)).toEqual({ total: 2, pending: 0 })
    await engine.stop()
  })
})

describe('the guard of keys that begin later', () => {
  test.each([
    ['full', FULL],
    ['upload-only', UPLOAD_ONLY],
  ])('saves a better copy from a server that any better field displaces, %s', async (_, key) => {
    const { engine, server } = await scene({ keys: [50], rule: anyIsBetterRule })
    const held = { index: 0, truth: 'genuine', isVerified: false, forwardedCount: 1 } as const
    server.putKeys('1', [await entryOf(0, held)])
    engine.send({ type: 'enable', key })
    await steady(engine)
    expect(uploadSizes(server)).toEqual([])
    expect(server.entriesOf('1')[0]?.data).toMatchObject({ first_message_index: 0 })
    await engine.stop()
  })

  test('takes the better copy into the store', async () => {
    const { engine, server, durable, notices } = await scene({ keys: [50] })
    const held = { index: 0, truth: 'genuine', isVerified: false, forwardedCount: 1 } as const
    server.putKeys('1', [await entryOf(0, held)])
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(notices).toContainEqual({ type: 'keys_imported', version: '1', count: 1 })
    const session = await durable.store.get(addressOf(0))
    expect(session?.copies[0]?.origins[0]).toMatchObject({ fromIndex: 0 })
    await engine.stop()
  })

  test('uploads over a worse copy', async () => {
    const { engine, server } = await scene({ keys: [3] })
    const held = { index: 9, truth: 'genuine', isVerified: false, forwardedCount: 0 } as const
    server.putKeys('1', [await entryOf(0, held)])
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(server.entriesOf('1')[0]?.data).toMatchObject({ first_message_index: 3 })
    await engine.stop()
  })

  test('reports what a worse copy with better metadata shuts out, and what it does not', async () => {
    const held = { index: 9, truth: 'genuine', isVerified: true, forwardedCount: 0 } as const
    const strict = await scene({ keys: [3] })
    const lax = await scene({ keys: [3], rule: anyIsBetterRule })
    for (const { engine, server } of [strict, lax]) {
      server.putKeys('1', [await entryOf(0, held)])
      engine.send({ type: 'enable', key: FULL })
      await steady(engine)
    }
    const refused = [{ ...addressOf(0), reason: 'shadowed' }]
    expect(await strict.engine.waitUntilBackedUp()).toMatchObject({ refused })
    expect(await lax.engine.waitUntilBackedUp()).toMatchObject({ refused: [] })
    await strict.engine.stop()
    await lax.engine.stop()
  })

  test('decides nothing between two ratchets that nobody vouches for', async () => {
    const { engine, server } = await scene({
      keys: [5],
      origin: { kind: 'export_file' },
      rule: anyIsBetterRule,
    })
    const held = { index: 9, truth: 'false', isVerified: false, forwardedCount: 3 } as const
    server.putKeys('1', [await entryOf(0, held)])
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(uploadSizes(server)).toEqual([])
    expect(await engine.waitUntilBackedUp()).toMatchObject({
      refused: [{ ...addressOf(0), reason: 'conflicting' }],
    })
    await engine.stop()
  })

  test('reads in few requests: a room at once, or a small version', async () => {
    const later = Array.from({ length: 8 }, () => 4)
    const { engine, server } = await scene({ keys: later })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    const reads = server.calls.filter(({ operation }) => operation.startsWith('readKey'))
    expect(reads).toHaveLength(1)
    expect(server.entriesOf('1')).toHaveLength(8)
    await engine.stop()
  })

  test('looks again before it repeats an upload', async () => {
    const { engine, server } = await scene({ keys: [4], faults: onUploads({ kind: 'cut_before' }) })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    const operations = server.calls.map(({ operation }) => operation)
    expect(operations.slice(1)).toEqual(['readKeys', 'uploadKeys', 'readKeys', 'uploadKeys'])
    await engine.stop()
  })
})

describe('an exception that no protocol explains', () => {
  test('is reported, and the engine goes on when it is told', async () => {
    const error = new TypeError('A mistake of ours')
    let isBroken = true
    const ports: Partial<EnginePorts> = {
      evaluateTrust: () =>
        isBroken ? Promise.reject(error) : Promise.resolve({ isTrusted: true, by: 'key_match' }),
    }
    const { engine, notices } = await scene({ keys: zeros(1), ports })
    engine.send({ type: 'enable', key: FULL })
    expect(await steady(engine)).toEqual({ kind: 'crashed', during: 'enabling', error })
    expect(notices.at(-1)).toEqual({ type: 'crashed', error })
    isBroken = false
    engine.send({ type: 'resume', key: FULL })
    expect(await steady(engine)).toMatchObject({ kind: 'enabled' })
    await engine.stop()
  })

  test('is reported when a port gives what it must not', async () => {
    // A caller in plain JavaScript, say.
    const evaluateTrust = (() => Promise.resolve()) as unknown as EnginePorts['evaluateTrust']
    const { engine } = await scene({ ports: { evaluateTrust } })
    engine.send({ type: 'enable', key: FULL })
    expect(await steady(engine)).toMatchObject({ kind: 'crashed', during: 'enabling' })
    await engine.stop()
  })

  test('of a store that says that it may work later is no crash', async () => {
    const durable = createDurable()
    let failures = 2
    const store = {
      ...durable.store,
      pending: (...read: Parameters<typeof durable.store.pending>) => {
        failures -= 1
        const busy = Object.assign(new Error('The store is busy'), { retryable: true })
        return failures >= 0 ? Promise.reject(busy) : durable.store.pending(...read)
      },
    }
    const { engine, server } = await scene({ keys: zeros(1), durable, ports: { store } })
    engine.send({ type: 'enable', key: FULL })
    await steady(engine)
    expect(server.entriesOf('1')).toHaveLength(1)
    await engine.stop()
  })
})
