import { MEGOLM_BACKUP_V1 } from '@roomkeys/types'
import { describe, expect, it } from 'vitest'
import type { BackupEntry } from '../../src/entry.ts'
import { ApiError, type ApiErrorCode, type RoomKeysApi } from '../../src/ports.ts'
import {
  finishRotation,
  MAX_IN_FLIGHT,
  rotate,
  type RotateEvent,
  ROTATION_MARKER,
  ROTATION_RECORD,
  type RotateOptions,
} from '../../src/rotate.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import type { Fault } from '../simulation/server.ts'
import { addressOf, entryOf, keyOf } from './keys.ts'
import {
  around,
  Crash,
  createWorld,
  optionsOf,
  randomFrom,
  readable,
  reportIn,
  run,
  type World,
} from './world.ts'

const some = [{ number: 0 }, { number: 1 }, { number: 2 }, { number: 3 }]

/** Rotates until an event of this type. */
async function runUntil(options: RotateOptions, type: RotateEvent['type']): Promise<void> {
  for await (const event of rotate(options)) if (event.type === type) return
}

async function addEntry(world: World, number: number, key: number): Promise<void> {
  world.server.putKeys('1', [await entryOf({ number, algorithm: megolmBackupV1, key })])
}

describe('a rotation', () => {
  it('tells its stages and its progress, and ends in a report', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const events = await run(optionsOf(world))
    expect(events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []))).toEqual([
      'preparing',
      'copying',
      'copied',
      'verified',
      'stored',
      'offered',
    ])
    expect(events.findLast(({ type }) => type === 'progress')).toEqual({
      type: 'progress',
      source: '1',
      done: 4,
      total: 4,
      carried: 4,
    })
    expect(reportIn(events)).toMatchObject({ version: '2', offer: 'delete' })
    expect(world.server.versions.map(({ deleted }) => deleted)).toEqual([false, false])
    expect(await world.vault.find(keyOf(1).publicKey)).not.toBeNull()
  })

  it('that is done gives its report again, until it is finished', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const report = reportIn(await run(optionsOf(world)))
    expect(reportIn(await run(optionsOf(world)))).toEqual(report)
    expect(world.server.versions).toHaveLength(2)
  })

  it('writes no secret into the journal', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const written: string[] = []
    await run({
      ...optionsOf(world),
      journal: {
        ...world.journal,
        write: (name, record) => {
          written.push(JSON.stringify(record))
          return world.journal.write(name, record)
        },
      },
    })
    const secret = Buffer.from((await world.vault.current())?.privateKey.expose() ?? [])
    expect(written.length).toBeGreaterThan(5)
    for (const text of written)
      expect(text).not.toContain(secret.toString('base64').replace(/=+$/, ''))
  })

  it('ends by the signal, and goes on', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const controller = new AbortController()
    const reason = new Error('Enough')
    const ended = (async () => {
      for await (const event of rotate(optionsOf(world, { signal: controller.signal })))
        if (event.type === 'progress') controller.abort(reason)
    })()
    await expect(ended).rejects.toBe(reason)
    expect(reportIn(await run(optionsOf(world)))).toMatchObject({ version: '2', offer: 'delete' })
  })

  it.each([
    [
      'no_backup',
      async (world: World) => {
        world.server.deleteVersion('1')
        await Promise.resolve()
      },
    ],
    [
      'wrong_key',
      async (world: World) => {
        world.server.createVersion(MEGOLM_BACKUP_V1, { public_key: keyOf(9).publicKey })
        await Promise.resolve()
      },
    ],
    [
      'unsupported_algorithm',
      async (world: World) => {
        world.server.createVersion('org.example', {})
        await Promise.resolve()
      },
    ],
    [
      'malformed_auth_data',
      async (world: World) => {
        world.server.createVersion(MEGOLM_BACKUP_V1, { public_key: 'AAAA' })
        await Promise.resolve()
      },
    ],
    ['malformed_journal', (world: World) => world.journal.write(ROTATION_RECORD, { stage: 'x' })],
  ] as const)('refuses with %s, and does nothing', async (code, prepare) => {
    const world = await createWorld(megolmBackupV1, some)
    await prepare(world)
    const { length } = world.server.versions
    await expect(run(optionsOf(world))).rejects.toMatchObject({ code })
    expect(world.server.versions).toHaveLength(length)
  })
})

describe('keys that stay behind', () => {
  it('are counted by reason, and keep the old version', async () => {
    const world = await createWorld(megolmBackupV1, some)
    await addEntry(world, 7, 8)
    const report = reportIn(await run(optionsOf(world)))
    expect(report).toMatchObject({
      offer: 'would_lose_keys',
      sources: [
        {
          state: 'copied',
          entries: 5,
          carried: 4,
          lost: { mac_mismatch: 1 },
          listed: [{ ...addressOf(7), reason: 'mac_mismatch' }],
        },
      ],
    })
    const options = optionsOf(world)
    const refused = finishRotation({ ...options, oldVersions: 'delete' })
    await expect(refused).rejects.toMatchObject({ code: 'would_lose_keys' })
    expect(world.server.versions[0]?.deleted).toBe(false)
    const kept = await finishRotation({ ...options, oldVersions: 'keep' })
    expect(kept).toEqual({ deleted: [], kept: ['1'] })
    expect(await world.vault.find(keyOf(1).publicKey)).not.toBeNull()
  })

  it('are lost when the caller says so', async () => {
    const world = await createWorld(megolmBackupV1, some)
    await addEntry(world, 7, 8)
    await run(optionsOf(world))
    const oldVersions = 'delete_and_lose_not_carried'
    const finished = await finishRotation({ ...optionsOf(world), oldVersions })
    expect(finished).toEqual({ deleted: ['1'], kept: [] })
    expect(await finishRotation({ ...optionsOf(world), oldVersions })).toEqual({
      deleted: [],
      kept: [],
    })
  })

  it('are found by halving when the server refuses them', async () => {
    const many = Array.from({ length: 40 }, (_, number) => ({ number }))
    const world = await createWorld(megolmBackupV1, many)
    const { sessionId } = addressOf(17)
    const refusing: RoomKeysApi['uploadKeys'] = (version, entries, options) =>
      entries.some((entry) => entry.sessionId === sessionId)
        ? Promise.reject(new ApiError('rejected', 'No'))
        : world.server.api.uploadKeys(version, entries, options)
    const options = optionsOf(world)
    const api = { ...options.api, uploadKeys: refusing }
    const report = reportIn(await run({ ...options, api, verify: 'all' }))
    expect(report.sources[0]).toMatchObject({ carried: 39, lost: { rejected: 1 } })
    expect(report.offer).toBe('would_lose_keys')
  })

  it('are none when the server refuses everything: then it is the server', async () => {
    const many = Array.from({ length: 40 }, (_, number) => ({ number }))
    const world = await createWorld(megolmBackupV1, many)
    const options = optionsOf(world)
    const uploadKeys = () => Promise.reject(new ApiError('rejected', 'No'))
    const refused = run({ ...options, api: { ...options.api, uploadKeys } })
    await expect(refused).rejects.toMatchObject({ code: 'rejected' })
  })

  it('count when the server announced them and did not deliver them', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const options = optionsOf(world)
    const api: RoomKeysApi = {
      ...options.api,
      readKeys: async function* (version, asked) {
        let position = 0
        for await (const entry of options.api.readKeys(version, asked))
          if (version !== '1' || position++ > 0) yield entry
      },
    }
    const report = reportIn(await run({ ...options, api }))
    expect(report).toMatchObject({ offer: 'would_lose_keys', sources: [{ missing: 1 }] })
  })
})

describe('the server in trouble', () => {
  it.each<ApiErrorCode>(['offline', 'timeout', 'rate_limited', 'server_error'])(
    'is waited for after %s',
    async (code) => {
      const world = await createWorld(megolmBackupV1, some)
      world.server.setFaults(({ position }): Fault =>
        position % 5 === 2 ? { kind: 'answer', code, retryAfterMs: 5_000 } : { kind: 'none' },
      )
      const options = optionsOf(world)
      expect(reportIn(await run(options)).offer).toBe('delete')
      expect(options.clock.now() % 5_000).toBe(0)
      expect(options.clock.now()).toBeGreaterThan(0)
    },
  )

  it('ends the rotation when it stays there; the next call goes on', async () => {
    const world = await createWorld(megolmBackupV1, some)
    world.server.setFaults(({ operation }): Fault =>
      operation === 'uploadKeys' ? { kind: 'cut_after' } : { kind: 'none' },
    )
    await expect(run(optionsOf(world))).rejects.toMatchObject({ code: 'offline' })
    world.server.setFaults(() => ({ kind: 'none' }))
    expect(reportIn(await run(optionsOf(world)))).toMatchObject({ version: '2', offer: 'delete' })
  })

  it('is asked for less when it takes less', async () => {
    const many = Array.from({ length: 90 }, (_, number) => ({ number }))
    const world = await createWorld(megolmBackupV1, many, { maxKeys: 7 })
    expect(reportIn(await run(optionsOf(world))).sources[0]?.carried).toBe(90)
  })
})

describe('another device', () => {
  it('that makes a version stops the rotation; the next call starts from there', async () => {
    const world = await createWorld(megolmBackupV1, some)
    await world.vault.keep(keyOf(3))
    let isMade = false
    world.server.setFaults(({ operation }): Fault => {
      if (operation !== 'uploadKeys' || isMade) return { kind: 'none' }
      isMade = true
      return {
        kind: 'meanwhile',
        act: ({ createVersion }) =>
          createVersion(MEGOLM_BACKUP_V1, { public_key: keyOf(3).publicKey }),
      }
    })
    await expect(run(optionsOf(world))).rejects.toMatchObject({ code: 'version_changed' })
    const report = reportIn(
      await run(optionsOf(world, { random: (n) => keyOf(4).privateKey.expose().slice(0, n) })),
    )
    expect(report.version).toBe('4')
    expect(report.sources.map(({ version }) => version).toSorted()).toEqual(['1', '2', '3'])
    expect(report.offer).toBe('delete')
  })

  it('that stopped half way is taken over, with all that it read from', async () => {
    const world = await createWorld(megolmBackupV1, some)
    await runUntil(optionsOf(world, { batchSize: 1 }), 'progress')
    const other = { ...world, journal: (await createWorld(megolmBackupV1, [])).journal }
    const random = (length: number) => keyOf(5).privateKey.expose().slice(0, length)
    const events = await run(optionsOf(other, { random }))
    expect(events[0]).toEqual({ type: 'another_rotation', version: '2' })
    expect(reportIn(events)).toMatchObject({ version: '3', offer: 'delete' })
    const finished = await finishRotation({ ...optionsOf(other), oldVersions: 'delete' })
    expect([...finished.deleted].toSorted()).toEqual(['1', '2'])
    expect((await readable(other)).length).toBe(some.length)
  })

  it('that wrote a better copy to the new version keeps it, and a worse one loses to ours', async () => {
    const world = await createWorld(megolmBackupV1, [
      { number: 0, index: 5 },
      { number: 1, index: 5 },
    ])
    const options = optionsOf(world)
    let entered = false
    for await (const event of rotate(options)) {
      if (event.type !== 'stage' || event.stage !== 'copying' || entered) continue
      entered = true
      const common = { algorithm: megolmBackupV1, key: 11 }
      world.server.putKeys('2', [
        await entryOf({ ...common, number: 0, index: 2 }),
        await entryOf({ ...common, number: 1, index: 9, isVerified: true }),
      ])
    }
    const metadata = world.server.entriesOf('2').map(({ data }) => data)
    expect(metadata).toMatchObject([
      { first_message_index: 2 },
      { first_message_index: 5, is_verified: true },
    ])
    expect(reportIn(await run(options)).offer).toBe('delete')
  })

  /** Another device puts a better copy of one key and a worse, verified one of another. */
  async function disturbed(others: readonly number[]): Promise<World> {
    const world = await createWorld(megolmBackupV1, [
      { number: 0, index: 5 },
      { number: 1, index: 5 },
      { number: 2 },
    ])
    const common = { algorithm: megolmBackupV1, key: 11 }
    const theirs = [
      await entryOf({ ...common, number: 0, index: 2 }),
      await entryOf({ ...common, number: 1, index: 9, isVerified: true }),
      ...(await Promise.all(others.map((number) => entryOf({ ...common, number })))),
    ]
    let wrote = false
    world.server.setFaults(({ operation }): Fault => {
      if (operation !== 'uploadKeys' || wrote) return { kind: 'none' }
      wrote = true
      return {
        kind: 'meanwhile',
        act: ({ putKeys }) => {
          putKeys('2', theirs)
        },
      }
    })
    return world
  }

  it('that writes while we upload is noticed by the count', async () => {
    const world = await disturbed([9])
    const report = reportIn(await run(optionsOf(world, { sampleSize: 0 })))
    expect(report.sources[0]).toMatchObject({ carried: 2, lost: { shadowed: 1 } })
    expect(report.offer).toBe('would_lose_keys')
  })

  it('that writes exactly what we upload is noticed when it is read back', async () => {
    const world = await disturbed([])
    await expect(run(optionsOf(world))).rejects.toMatchObject({ code: 'verification_failed' })
    expect(reportIn(await run(optionsOf(world))).offer).toBe('delete')
    expect(world.server.entriesOf('2').map(({ data }) => data)).toMatchObject([
      { first_message_index: 2 },
      { first_message_index: 5, is_verified: true },
      { first_message_index: 0 },
    ])
  })
})

describe('the vault', () => {
  it('has the new key before the new version is called whole', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const options = optionsOf(world)
    const current: (string | undefined)[] = []
    const events = await run({
      ...options,
      sign: async (authData) => {
        current.push((await world.vault.current())?.publicKey)
        return options.sign(authData)
      },
    })
    expect(reportIn(events).offer).toBe('delete')
    expect(current).toEqual([keyOf(1).publicKey, keyOf(11).publicKey])
  })

  it('keeps a key that another device forgets before it has a version', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const options = around(optionsOf(world), async (when, call) => {
      if (when === 'before' && call === 'createVersion')
        await world.vault.forget(keyOf(11).publicKey)
    })
    expect(reportIn(await run(options)).offer).toBe('delete')
  })

  it('follows a version that another device finished while we stored our key', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const { journal } = await createWorld(megolmBackupV1, [])
    const other = optionsOf({ ...world, journal }, { random: randomFrom(30) })
    const options = around(optionsOf(world), async (when, call) => {
      if (when === 'before' && call === 'vault.makeCurrent') await run(other)
    })
    await expect(run(options)).rejects.toMatchObject({ code: 'version_changed' })
    expect((await world.vault.current())?.publicKey).toBe(keyOf(31).publicKey)
  })

  it('is looked at again when the new version is whole: a late device may have stored its key', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const options = around(optionsOf(world), async (when, call) => {
      if (when === 'before' && call === 'updateVersion') await world.vault.makeCurrent(keyOf(5))
    })
    await run(options)
    expect((await world.vault.current())?.publicKey).toBe(keyOf(11).publicKey)
  })
})

describe('copies that conflict', () => {
  it('stay in the old version, and are reported', async () => {
    const world = await createWorld(megolmBackupV1, [{ number: 0 }, { number: 1 }])
    await world.vault.keep(keyOf(2))
    const second = world.server.createVersion(MEGOLM_BACKUP_V1, {
      public_key: keyOf(2).publicKey,
      unsigned: { [ROTATION_MARKER]: { from: ['1'] } },
    })
    const other = { number: 0, truth: 'false', algorithm: megolmBackupV1, key: 2 } as const
    world.server.putKeys(second, [await entryOf(other)])
    const report = reportIn(await run(optionsOf(world)))
    expect(report.offer).toBe('would_lose_keys')
    const [larger, smaller] = report.sources
    expect(larger).toMatchObject({ version: '1', carried: 2, lost: {} })
    expect(smaller).toMatchObject({ version: '2', carried: 0, lost: { conflicting: 1 } })
  })
})

describe('verifying', () => {
  it.each(['sample', 'all'] as const)(
    'by %s stops when keys are gone; the next call copies them again',
    async (verify) => {
      const world = await createWorld(megolmBackupV1, some)
      let isEaten = false
      const options = optionsOf(world, { verify })
      const failing = (async () => {
        for await (const event of rotate(options)) {
          if (event.type !== 'stage' || event.stage !== 'copied' || isEaten) continue
          isEaten = true
          const keys = world.server.versions[1]?.keys
          const [first] = [...(keys?.keys() ?? [])]
          const entry = first === undefined ? undefined : keys?.get(first)
          if (first !== undefined && entry !== undefined)
            keys?.set(first, { ...entry, data: { ...entry.data, session_data: {} } })
        }
      })()
      await expect(failing).rejects.toMatchObject({ code: 'verification_failed' })
      expect((await world.vault.current())?.publicKey).toBe(keyOf(1).publicKey)
      const report = reportIn(await run(optionsOf(world, { verify })))
      expect(report.sources[0]).toMatchObject({ carried: 3, lost: { shadowed: 1 } })
    },
  )

  it('stops when the new version holds fewer keys', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const failing = (async () => {
      for await (const event of rotate(optionsOf(world)))
        if (event.type === 'stage' && event.stage === 'copied')
          world.server.versions[1]?.keys.clear()
    })()
    await expect(failing).rejects.toMatchObject({ code: 'verification_failed' })
    expect(reportIn(await run(optionsOf(world))).sources[0]?.carried).toBe(4)
  })
})

describe('the end', () => {
  it('is refused before the rotation is done', async () => {
    const world = await createWorld(megolmBackupV1, some)
    await runUntil(optionsOf(world), 'progress')
    const refused = finishRotation({ ...optionsOf(world), oldVersions: 'delete' })
    await expect(refused).rejects.toMatchObject({ code: 'busy' })
  })

  it('is refused when another version is current', async () => {
    const world = await createWorld(megolmBackupV1, some)
    await run(optionsOf(world))
    world.server.createVersion(MEGOLM_BACKUP_V1, { public_key: keyOf(1).publicKey })
    const refused = finishRotation({ ...optionsOf(world), oldVersions: 'delete' })
    await expect(refused).rejects.toMatchObject({ code: 'version_changed' })
    expect(world.server.versions.some(({ deleted }) => deleted)).toBe(false)
  })

  it('is refused when an old version changed since; rotating copies what came', async () => {
    const world = await createWorld(megolmBackupV1, some)
    await run(optionsOf(world))
    await addEntry(world, 9, 1)
    const finish = () => finishRotation({ ...optionsOf(world), oldVersions: 'delete' })
    await expect(finish()).rejects.toMatchObject({ code: 'version_changed' })
    expect(reportIn(await run(optionsOf(world))).sources[0]?.carried).toBe(5)
    expect(await finish()).toEqual({ deleted: ['1'], kept: [] })
    expect(await world.vault.find(keyOf(1).publicKey)).toBeNull()
  })

  it('is refused when the new version lost keys since', async () => {
    const world = await createWorld(megolmBackupV1, some)
    await run(optionsOf(world))
    world.server.versions[1]?.keys.clear()
    const refused = finishRotation({ ...optionsOf(world), oldVersions: 'delete' })
    await expect(refused).rejects.toMatchObject({ code: 'verification_failed' })
  })

  it('keeps a version that could not be read, and its place in the mark', async () => {
    const world = await createWorld(megolmBackupV1, some)
    const unread = world.server.createVersion(MEGOLM_BACKUP_V1, { public_key: keyOf(9).publicKey })
    world.server.createVersion(MEGOLM_BACKUP_V1, {
      public_key: keyOf(1).publicKey,
      unsigned: { [ROTATION_MARKER]: { from: ['1', unread] } },
    })
    const report = reportIn(await run(optionsOf(world)))
    expect(report.offer).toBe('would_lose_keys')
    await world.vault.keep(keyOf(9))
    const oldVersions = 'delete_and_lose_not_carried'
    const finished = await finishRotation({ ...optionsOf(world), oldVersions })
    expect(finished.kept).toEqual([unread])
    expect(await world.vault.find(keyOf(9).publicKey)).not.toBeNull()
    expect(world.server.versions[3]?.authData).toMatchObject({
      unsigned: { [ROTATION_MARKER]: { from: [unread] } },
    })
  })
})

describe('a large backup', () => {
  const COUNT = 5_000

  it('is carried over with few entries in flight, and goes on where it was cut off', async () => {
    const world = await createWorld(megolmBackupV1, [])
    const all = Array.from({ length: COUNT }, (_, number) => number)
    for (const number of all.toSorted((a, b) => (a % 50) - (b % 50)))
      world.server.putKeys('1', [
        await entryOf({ number, algorithm: megolmBackupV1, key: 1, rooms: 50, mac: 'without' }),
      ])
    const counts = { pulled: 0, uploaded: 0, most: 0 }
    const options = optionsOf(world)
    async function* counted(entries: AsyncIterable<BackupEntry>): AsyncGenerator<BackupEntry> {
      for await (const entry of entries) {
        counts.pulled += 1
        counts.most = Math.max(counts.most, counts.pulled - counts.uploaded)
        yield entry
      }
    }
    const api: RoomKeysApi = {
      ...options.api,
      readKeys: (version, asked) => {
        const entries = options.api.readKeys(version, asked)
        const isCopying = version === '1' && counts.uploaded < COUNT / 2
        return isCopying ? counted(entries) : entries
      },
      uploadKeys: async (version, entries, asked) => {
        if (counts.uploaded >= COUNT / 2) throw new TypeError('It dies here')
        const answer = await options.api.uploadKeys(version, entries, asked)
        counts.uploaded += entries.length
        return answer
      },
    }
    await expect(run({ ...options, api })).rejects.toThrow('It dies here')
    expect(counts.most).toBeLessThanOrEqual(MAX_IN_FLIGHT)
    expect(counts.uploaded).toBe(COUNT / 2)
    let again = 0
    const resumed = optionsOf(world)
    const events = await run({
      ...resumed,
      api: {
        ...resumed.api,
        uploadKeys: (version, entries, asked) => {
          again += entries.length
          return resumed.api.uploadKeys(version, entries, asked)
        },
      },
    })
    expect(reportIn(events).sources[0]).toMatchObject({ entries: COUNT, carried: COUNT, lost: {} })
    expect(again).toBe(COUNT / 2)
  })
})

describe('a room that comes in pieces', () => {
  it('is read again when it was cut off between them', async () => {
    const world = await createWorld(megolmBackupV1, [])
    const numbers = Array.from({ length: 160 }, (_, number) => number)
    const inPieces = [...numbers.slice(0, 10), ...numbers.slice(20), ...numbers.slice(10, 20)]
    for (const number of inPieces) {
      const rooms = number < 20 ? 1 : 3 + number
      world.server.putKeys('1', [
        await entryOf({ number, algorithm: megolmBackupV1, key: 1, rooms, mac: 'without' }),
      ])
    }
    const small = { batchSize: 5, checkpointEvery: 5 }
    let requests = 0
    const dying = around(optionsOf(world, small), (when, call) => {
      if (when === 'before' && call === 'uploadKeys') requests += 1
      return requests > 15 ? Promise.reject(new Crash()) : Promise.resolve()
    })
    await expect(run(dying)).rejects.toBeInstanceOf(Crash)
    const report = reportIn(await run(optionsOf(world, small)))
    expect(report).toMatchObject({ offer: 'delete', sources: [{ entries: 160, carried: 160 }] })
  })
})
