import { describe, expect, it } from 'vitest'
import { BackupError } from '../../src/errors.ts'
import { createMemoryJournal } from '../../src/memory.ts'
import { ApiError } from '../../src/ports.ts'
import { finishRotation, rotate, type RotateOptions } from '../../src/rotate.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from '../../src/v2.ts'
import { anyIsBetterRule, specificationRule } from '../simulation/server.ts'
import { type EntryOf, entryOf } from './keys.ts'
import { createChance, createTurns, faultsOf, lostBetween } from './turns.ts'
import { around, Crash, createWorld, optionsOf, randomFrom, readable, type World } from './world.ts'

/** Plans for each rule. */
const PLANS = 500
/** Turns that the second device may be late. */
const MAX_DELAY = 120
/** Times that a device tries before it gives up. */
const TRIES = 3

const moves = [
  { from: megolmBackupV1, target: { algorithm: megolmBackupV1, key: 'new' } },
  { from: megolmBackupV1, target: { algorithm: megolmBackupV2Unstable, key: 'new' } },
  { from: megolmBackupV1, target: { algorithm: megolmBackupV2Unstable, key: 'same' } },
  { from: megolmBackupV2Unstable, target: { algorithm: megolmBackupV2, key: 'same' } },
  { from: megolmBackupV2, target: { algorithm: megolmBackupV2, key: 'new' } },
] as const

type Ending = 'done' | 'version_changed' | 'gave_up'

/** Rotates; a device that dies, or whose connection is too bad, begins again. */
async function rotateOnce(options: RotateOptions, dies: () => boolean): Promise<Ending> {
  const mortal = around(options, () => (dies() ? Promise.reject(new Crash()) : Promise.resolve()))
  try {
    for await (const event of rotate(mortal)) if (event.type === 'finished') return 'done'
  } catch (error) {
    if (error instanceof Crash || error instanceof ApiError) return 'gave_up'
    if (error instanceof BackupError && error.code === 'version_changed') return 'version_changed'
    throw error
  }
  return 'gave_up'
}

interface Device {
  /** Waits until the device begins. */
  readonly idle: () => Promise<void>
  readonly options: RotateOptions
  readonly dies: () => boolean
}

async function live({ idle, options, dies }: Device, tries: number): Promise<Ending> {
  await idle()
  let ending: Ending = 'gave_up'
  for (let attempt = 0; attempt < tries && ending !== 'done'; attempt++)
    ending = await rotateOnce(options, dies)
  return ending
}

/** Ends a rotation; what another device does may be in the way. */
async function finish({ options, dies }: Device): Promise<void> {
  const mortal = around(options, () => (dies() ? Promise.reject(new Crash()) : Promise.resolve()))
  try {
    await finishRotation({ ...mortal, oldVersions: 'delete' })
  } catch (error) {
    const isExpected =
      error instanceof Crash ||
      error instanceof ApiError ||
      (error instanceof BackupError &&
        ['would_lose_keys', 'version_changed', 'busy'].includes(error.code))
    if (!isExpected) throw error
  }
}

interface Plan {
  readonly world: World
  readonly devices: readonly Device[]
  readonly calm: () => void
}

async function planOf(seed: number, rule: typeof specificationRule): Promise<Plan> {
  const chance = createChance(seed)
  const move = moves[seed % moves.length] ?? moves[0]
  const entries = Array.from(
    { length: 2 + Math.floor(chance() * 3) },
    (_, number): Omit<EntryOf, 'algorithm' | 'key'> => ({
      number,
      index: Math.floor(chance() * 3),
      isVerified: chance() < 0.3,
      forwardedCount: Math.floor(chance() * 2),
      mac: move.from === megolmBackupV1 && chance() < 0.5 ? 'without' : 'with',
    }),
  )
  const refused = chance() < 0.1 ? Math.floor(chance() * 2) : -1
  const refusedId = (await entryOf({ number: Math.max(0, refused), algorithm: move.from, key: 1 }))
    .sessionId
  let refuses = false
  const world = await createWorld(move.from, entries, {
    rule,
    refuses: ({ sessionId }) => refuses && refused >= 0 && sessionId === refusedId,
  })
  refuses = true
  const share = seed % 3 === 0 ? 0 : 0.08
  world.server.setFaults(faultsOf(chance, share))
  const turn = createTurns(chance)
  let isCalm = false
  const dies = (): boolean => !isCalm && chance() < (seed % 4 === 0 ? 0 : 0.01)
  const late = Math.floor(chance() * MAX_DELAY)
  const devices = [20, 40].map((firstKey): Device => {
    const own = { ...world, journal: createMemoryJournal() }
    const target = move.target
    const random = randomFrom(firstKey)
    const options = optionsOf(own, {
      target,
      random,
      batchSize: 2,
      checkpointEvery: 2,
      sampleSize: 2,
    })
    const delay = firstKey === 40 ? late : 0
    return {
      idle: async () => {
        for (let turns = 0; turns < delay && !isCalm; turns++) await turn()
      },
      options: around(options, (when) => (when === 'before' ? turn() : Promise.resolve())),
      dies,
    }
  })
  return {
    world,
    devices,
    calm: () => {
      isCalm = true
      world.server.setFaults(() => ({ kind: 'none' }))
    },
  }
}

const rules = [
  { name: "the specification's rule", rule: specificationRule },
  { name: 'any field is better', rule: anyIsBetterRule },
]

describe.each(rules)('two devices at once, $name', ({ rule }) => {
  it(`lose nothing in ${PLANS} plans`, async () => {
    const endings: Record<string, number> = {}
    for (let seed = 0; seed < PLANS; seed++) {
      const { world, devices, calm } = await planOf(seed, rule)
      const before = await readable(world)
      const both = await Promise.all(
        devices.map(async (device, position) => {
          const ending = await live(device, TRIES)
          if (seed % 2 === position) await finish(device)
          return ending
        }),
      )
      for (const ending of both) endings[ending] = (endings[ending] ?? 0) + 1
      expect(lostBetween(before, await readable(world)), `seed ${seed}`).toEqual([])
      calm()
      const [last] = devices
      if (last === undefined) throw new TypeError('There are devices')
      expect(await live(last, 3), `seed ${seed}`).toBe('done')
      expect(lostBetween(before, await readable(world)), `seed ${seed}`).toEqual([])
      await finish(last)
      expect(lostBetween(before, await readable(world)), `seed ${seed}`).toEqual([])
      const current = world.server.versions.findLast(({ deleted }) => !deleted)
      const key = await world.vault.current()
      expect(key?.publicKey, `seed ${seed}`).toBe(current?.authData['public_key'])
    }
    expect(endings['done']).toBeGreaterThan(PLANS / 4)
  })

  it(`delete nothing by rotating`, async () => {
    for (let seed = 0; seed < 40; seed++) {
      const { world, devices } = await planOf(seed, rule)
      await Promise.all(devices.map((device) => live(device, TRIES)))
      expect(world.server.versions.filter(({ deleted }) => deleted)).toEqual([])
      expect(world.server.calls.some(({ operation }) => operation === 'deleteVersion')).toBe(false)
    }
  })
})
