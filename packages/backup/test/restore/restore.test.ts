import { generateDecryptionKey } from '../../src/decryption-key.ts'
import { ApiError } from '../../src/ports.ts'
import { restore, RESTORE_RECORD, type RestoreOptions } from '../../src/restore.ts'
import { describe, expect, it, test } from 'vitest'
import { account, at } from '../vectors.ts'
import { contentOf, createWorld, outcomesOf, reportOf, rooms, run, VERSION } from './world.ts'

const COUNT = 250

/** Leaves a restore after so many entries. */
async function runUntil(options: RestoreOptions, entries: number): Promise<void> {
  let seen = 0
  for await (const event of restore(options)) {
    if (event.type === 'entry') seen += 1
    if (seen === entries) return
  }
}

describe('everything', () => {
  it('ends in the store, with an outcome for each entry', async () => {
    const { options, store, server } = createWorld()
    const events = await run(options)
    expect(events[0]).toMatchObject({ type: 'version', version: { version: VERSION } })
    expect(outcomesOf(events).map(({ sessionId }) => sessionId)).toEqual(
      account.entries.map(({ sessionId }) => sessionId),
    )
    expect(reportOf(events)).toEqual({
      version: VERSION,
      result: 'complete',
      done: COUNT,
      total: COUNT,
      resumed: 0,
      skipped: 0,
      merged: { added: COUNT },
      failures: {},
      missing: 0,
    })
    expect(await store.counts(VERSION)).toEqual({ total: COUNT, pending: 0 })
    expect(server.calls.map(({ operation }) => operation)).toEqual(['currentVersion', 'readKeys'])
  })

  it('is of unauthenticated origin from a v1 backup', async () => {
    const { options, store } = createWorld()
    await run(options)
    const origins = (await contentOf(store)).flatMap(({ copies }) =>
      copies.flatMap((copy) => copy.origins.map(({ provenance }) => provenance.kind)),
    )
    expect(origins).toEqual(Array<string>(COUNT).fill('unauthenticated_backup'))
  })

  it('tells how far it is at each entry', async () => {
    const { options } = createWorld()
    const done = (await run(options)).flatMap((event) =>
      event.type === 'entry' ? [[event.progress.done, event.progress.total]] : [],
    )
    expect(done).toEqual(Array.from({ length: COUNT }, (_, index) => [index + 1, COUNT]))
  })

  it('reads the rooms that come first by themselves, in the caller’s order', async () => {
    const { options, store } = createWorld()
    const first = [at(rooms, 3), at(rooms, 1), at(rooms, 3)]
    const events = await run({ ...options, scope: { kind: 'everything', first } })
    const readings = events.flatMap((event) => (event.type === 'reading' ? [event.roomId] : []))
    expect(readings).toEqual([at(rooms, 3), at(rooms, 1), null])
    const order = outcomesOf(events).map(({ roomId }) => roomId)
    expect([...new Set(order)].slice(0, 2)).toEqual([at(rooms, 3), at(rooms, 1)])
    expect(reportOf(events)).toMatchObject({ result: 'complete', done: COUNT })
    expect((await store.counts(VERSION)).total).toBe(COUNT)
  })
})

describe('less than everything', () => {
  it('is some rooms', async () => {
    const { options, store } = createWorld()
    const events = await run({ ...options, scope: { kind: 'rooms', rooms: [at(rooms, 2)] } })
    const expected = account.entries.filter(({ roomId }) => roomId === at(rooms, 2)).length
    expect(reportOf(events)).toMatchObject({ result: 'complete', done: expected, total: null })
    expect((await store.counts(VERSION)).total).toBe(expected)
  })

  it('is one session', async () => {
    const { options, store } = createWorld()
    const { roomId, sessionId } = at(account.entries, 7)
    const events = await run({ ...options, scope: { kind: 'session', roomId, sessionId } })
    expect(reportOf(events)).toMatchObject({ result: 'complete', done: 1 })
    expect(await store.get({ roomId, sessionId })).not.toBeNull()
  })

  it('is nothing where there is none', async () => {
    const { options } = createWorld([])
    const { roomId, sessionId } = at(account.entries, 7)
    for (const scope of [
      { kind: 'session', roomId, sessionId },
      { kind: 'rooms', rooms: [roomId] },
      { kind: 'everything' },
    ] as const)
      expect(reportOf(await run({ ...options, scope })).result).toBe('nothing')
  })

  it('leaves the checkpoint of everything alone', async () => {
    const { options, journal } = createWorld()
    await run({ ...options, scope: { kind: 'rooms', rooms: [at(rooms, 2)] } })
    expect(await journal.read(RESTORE_RECORD)).toBeNull()
  })
})

describe('a second run', () => {
  it('reads nothing when nothing changed', async () => {
    const { options, server } = createWorld()
    await run(options)
    const calls = server.calls.length
    const events = await run(options)
    expect(reportOf(events)).toMatchObject({ result: 'unchanged', done: COUNT, missing: 0 })
    expect(server.calls.slice(calls).map(({ operation }) => operation)).toEqual(['currentVersion'])
  })

  it('opens only what is new when something changed', async () => {
    const [last, ...others] = account.entries.toReversed()
    const { options, server } = createWorld(others)
    await run(options)
    if (last === undefined) throw new TypeError('The account has entries')
    server.putKeys(VERSION, [{ ...last, data: last.data as never }])
    expect(reportOf(await run(options))).toMatchObject({
      result: 'complete',
      skipped: COUNT - 1,
      merged: { added: 1 },
    })
  })

  it('restores again what the store has lost', async () => {
    const { options, journal } = createWorld()
    await run(options)
    const { store } = createWorld()
    const again = reportOf(await run({ ...options, store, journal }))
    expect(again).toMatchObject({ result: 'complete', merged: { added: COUNT } })
  })

  it.each([null, 'x', {}, { version: '1' }, { rooms: [['!r']] }])(
    'starts anew where the checkpoint is %j',
    async (record) => {
      const { options, journal } = createWorld()
      await journal.write(RESTORE_RECORD, record as never)
      expect(reportOf(await run(options))).toMatchObject({ result: 'complete', resumed: 0 })
    },
  )

  it('does not take the checkpoint of another version or key for its own', async () => {
    const { options, server } = createWorld()
    await run(options)
    server.createVersion(account.version.algorithm, account.version.auth_data)
    expect(reportOf(await run(options))).toMatchObject({ version: '2', result: 'nothing' })
  })
})

describe('an interrupted run', () => {
  it('leaves whole sessions, and a later run ends as one that was not', async () => {
    const whole = createWorld()
    await run(whole.options)
    const expected = await contentOf(whole.store)
    for (const entries of [1, 63, 64, 65, 200, 249, 250]) {
      const { options, store } = createWorld()
      await runUntil(options, entries)
      const part = await contentOf(store)
      expect(part.length).toBeGreaterThanOrEqual(entries)
      expect(expected).toEqual(expect.arrayContaining([...part]))
      expect(reportOf(await run(options))).toMatchObject({ result: 'complete', missing: 0 })
      expect(await contentOf(store)).toEqual(expected)
    }
  })

  it('is not read again room by room, where it was long enough', async () => {
    // Many small rooms, so that checkpoints are written on the way.
    const many = Array.from({ length: 12 }, (_, copy) =>
      account.entries.map((entry) => ({ ...entry, roomId: `${entry.roomId}${copy}` as never })),
    ).flat()
    const { options } = createWorld(many)
    await runUntil(options, 2_500)
    const report = reportOf(await run(options))
    expect(report.resumed).toBeGreaterThan(1_000)
    expect(report).toMatchObject({ result: 'complete', done: many.length, missing: 0 })
  })

  it('ends with the reason of its signal, and may be run again', async () => {
    const { options, store } = createWorld()
    const controller = new AbortController()
    const reason = new Error('enough')
    const interrupted = async (): Promise<void> => {
      for await (const event of restore({ ...options, signal: controller.signal }))
        if (event.type === 'entry' && event.progress.done === 70) controller.abort(reason)
    }
    await expect(interrupted()).rejects.toBe(reason)
    // The memory store takes sixteen at a time.
    expect((await store.counts(VERSION)).total).toBe(80)
    expect(reportOf(await run(options)).result).toBe('complete')
  })

  it('is the only one over its store', async () => {
    const { options } = createWorld()
    const running = restore(options)
    await running.next()
    await expect(run(options)).rejects.toMatchObject({ code: 'busy' })
    await running.return(undefined)
    expect(reportOf(await run(options)).result).toBe('complete')
  })
})

describe('what goes wrong', () => {
  it('with one entry costs no other, and is tried again by a later run', async () => {
    const entries = account.entries.map((entry, index) =>
      index === 5 ? { ...entry, data: { ...(entry.data as object), session_data: {} } } : entry,
    )
    const { options, store, server } = createWorld(entries)
    const report = reportOf(await run(options))
    expect(report).toMatchObject({
      result: 'partial',
      done: COUNT,
      merged: { added: COUNT - 1 },
      failures: { malformed_session_data: 1 },
    })
    expect((await store.counts(VERSION)).total).toBe(COUNT - 1)
    const calls = server.calls.length
    expect(reportOf(await run(options)).failures).toEqual({ malformed_session_data: 1 })
    expect(server.calls.length).toBeGreaterThan(calls)
  })

  it('with the announced number is missing', async () => {
    const { options } = createWorld()
    const api = {
      ...options.api,
      currentVersion: async () => {
        const version = await options.api.currentVersion()
        return version && { ...version, count: version.count + 3 }
      },
    }
    expect(reportOf(await run({ ...options, api }))).toMatchObject({
      result: 'partial',
      missing: 3,
    })
  })

  test.each([
    ['no_backup', { versions: 0 }],
    ['wrong_key', { key: generateDecryptionKey() }],
    ['unsupported_algorithm', { algorithms: [] }],
  ])('before anything is read is %s', async (code, change) => {
    const { options, server } = createWorld()
    if ('versions' in change) server.deleteVersion(VERSION)
    await expect(run({ ...options, ...change })).rejects.toMatchObject({ code })
    expect(server.calls.some(({ operation }) => operation === 'readKeys')).toBe(false)
  })

  it('when the version is deleted meanwhile says so', async () => {
    const { options, server } = createWorld()
    const events = restore(options)
    await events.next()
    server.deleteVersion(VERSION)
    await events.next()
    await expect(events.next()).rejects.toMatchObject({
      name: 'BackupError',
      code: 'version_changed',
    })
  })

  it('with the server is an error of the server, and leaves a run that goes on', async () => {
    const { options, server } = createWorld()
    server.setFaults(({ operation }) =>
      operation === 'readKeys' ? { kind: 'cut_before' } : { kind: 'none' },
    )
    await expect(run(options)).rejects.toBeInstanceOf(ApiError)
    server.setFaults(() => ({ kind: 'none' }))
    expect(reportOf(await run(options)).result).toBe('complete')
  })

  it('with the store leaves nothing half-written', async () => {
    const { options, store } = createWorld()
    const reason = new Error('quota')
    const failing = {
      ...store,
      update: async (...args: Parameters<typeof store.update>) => {
        if ((await store.counts(VERSION)).total > 0) throw reason
        return store.update(...args)
      },
    }
    await expect(run({ ...options, store: failing })).rejects.toBe(reason)
    expect((await store.counts(VERSION)).total).toBe(16)
    expect(reportOf(await run(options)).result).toBe('complete')
  })
})

test('a hostile server changes nothing that the store has', async () => {
  const { options, store } = createWorld()
  await run(options)
  const before = await contentOf(store)
  for (const first_message_index of [-1, 0, 1, 2 ** 40]) {
    const damaged = { forwarded_count: 0, is_verified: true, session_data: { x: 1 } }
    const api = {
      ...options.api,
      currentVersion: async () => {
        const version = await options.api.currentVersion()
        return version && { ...version, etag: `changed ${first_message_index}` }
      },
      readKeys: async function* (...args: Parameters<typeof options.api.readKeys>) {
        for await (const entry of options.api.readKeys(...args))
          yield { ...entry, data: { ...damaged, first_message_index } }
      },
    }
    const report = reportOf(await run({ ...options, api }))
    expect(report.merged).toEqual({})
    expect(report.skipped + (report.failures.malformed_session_data ?? 0)).toBe(COUNT)
    expect(await contentOf(store)).toEqual(before)
  }
})
