import { describe, expect, it } from 'vitest'
import type { BackupAlgorithm } from '../../src/algorithm.ts'
import { finishRotation, type RotateOptions } from '../../src/rotate.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from '../../src/v2.ts'
import { type EntryOf, keyOf } from './keys.ts'
import {
  around,
  Crash,
  createWorld,
  openedIn,
  optionsOf,
  readable,
  reportIn,
  run,
  type World,
} from './world.ts'

interface Scenario {
  readonly name: string
  readonly from: BackupAlgorithm
  readonly to: BackupAlgorithm
  readonly key: 'new' | 'same'
}

const scenarios: readonly Scenario[] = [
  { name: 'v1 to a new key', from: megolmBackupV1, to: megolmBackupV1, key: 'new' },
  { name: 'v1 to v2, a new key', from: megolmBackupV1, to: megolmBackupV2Unstable, key: 'new' },
  { name: 'v1 to v2, the same key', from: megolmBackupV1, to: megolmBackupV2Unstable, key: 'same' },
  { name: 'v2 to stable names', from: megolmBackupV2Unstable, to: megolmBackupV2, key: 'same' },
  { name: 'v2 to a new key', from: megolmBackupV2, to: megolmBackupV2, key: 'new' },
]

const entries: readonly Omit<EntryOf, 'algorithm' | 'key'>[] = [
  { number: 0 },
  { number: 1, index: 4, isVerified: true },
  { number: 2, index: 2, forwardedCount: 3 },
  { number: 3, unauthenticated: 'm.forwarded_room_key' },
  { number: 4 },
  { number: 5, index: 1 },
  { number: 6 },
]

/** A backup with mixed keys, and one entry that nobody can open. */
async function worldOf({ from }: Scenario): Promise<World> {
  const world = await createWorld(from, entries, { maxKeys: 3 })
  const [first] = world.server.entriesOf('1')
  if (first === undefined) throw new TypeError('There are entries')
  const data = { ...first.data, session_data: { ephemeral: 'A', ciphertext: 'B', mac: 'C' } }
  world.server.putKeys('1', [{ ...first, sessionId: `${first.sessionId}x` as never, data }])
  return world
}

function optionsFor(world: World, { to, key }: Scenario): RotateOptions {
  const target = { algorithm: to, key }
  return optionsOf(world, { target, batchSize: 2, checkpointEvery: 2, sampleSize: 4 })
}

/** What a rotation ends in, without what is new each time. */
async function endOf(world: World): Promise<unknown> {
  const { server, vault } = world
  const current = server.versions.findLast(({ deleted }) => !deleted)
  const key = await vault.current()
  if (current === undefined || key === null) throw new TypeError('There is a backup')
  const opened = await openedIn(server, current.id, key)
  const metadata = server.entriesOf(current.id).map(({ data }) => ({ ...data, session_data: null }))
  return {
    versions: server.versions.map(({ id, algorithm, deleted }) => ({ id, algorithm, deleted })),
    members: Object.keys(current.authData).toSorted(),
    keyIsKept: (await vault.find(keyOf(1).publicKey)) !== null,
    sessions: opened.map(({ session }) => session),
    backupMacs: opened.map(({ backupMac }) => backupMac),
    metadata,
    old: server.entriesOf('1'),
  }
}

/** Runs until it is done; a run that dies is followed by one with fresh objects. */
async function runWithCrash(
  world: World,
  scenario: Scenario,
  dies: { readonly at: number; readonly when: 'before' | 'after' },
): Promise<{ readonly report: unknown; readonly crashed: boolean; readonly calls: number }> {
  let calls = 0
  const options = around(optionsFor(world, scenario), (when) => {
    if (when === dies.when) calls += 1
    return when === dies.when && calls === dies.at ? Promise.reject(new Crash()) : Promise.resolve()
  })
  try {
    return { report: reportIn(await run(options)), crashed: false, calls }
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    const before = await readable(world)
    expect(before.length).toBeGreaterThanOrEqual(entries.length)
    return { report: reportIn(await run(optionsFor(world, scenario))), crashed: true, calls }
  }
}

describe.each(scenarios)('$name', (scenario) => {
  it.each(['before', 'after'] as const)('ends the same when it dies %s any call', async (when) => {
    const world = await worldOf(scenario)
    const undisturbed = await runWithCrash(world, scenario, { at: 0, when })
    const end = await endOf(world)
    expect(undisturbed).toMatchObject({ report: { offer: 'would_lose_keys' } })
    expect(undisturbed.calls).toBeGreaterThan(30)
    for (let at = 1; at <= undisturbed.calls; at++) {
      const other = await worldOf(scenario)
      const result = await runWithCrash(other, scenario, { at, when })
      expect(result.crashed).toBe(true)
      expect(result.report).toEqual(undisturbed.report)
      expect(await endOf(other)).toEqual(end)
    }
  })

  it('is finished the same when the end dies at any call', async () => {
    for (const when of ['before', 'after'] as const)
      for (let at = 1, dead: readonly Crash[] = [new Crash()]; dead.length > 0; at++) {
        const world = await worldOf(scenario)
        await run(optionsFor(world, scenario))
        let calls = 0
        const crashes: Crash[] = []
        const options = around(optionsFor(world, scenario), (now) => {
          if (now === when) calls += 1
          return now === when && calls === at ? Promise.reject(new Crash()) : Promise.resolve()
        })
        const finishing = { ...options, oldVersions: 'delete_and_lose_not_carried' as const }
        await finishRotation(finishing).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error
          crashes.push(error)
        })
        dead = crashes
        if (crashes.length > 0)
          await finishRotation({
            ...optionsFor(world, scenario),
            oldVersions: 'delete_and_lose_not_carried',
          })
        expect(await world.journal.read('rotation')).toBeNull()
        expect(world.server.versions.map(({ deleted }) => deleted)).toEqual([true, false])
        const kept = await world.vault.find(keyOf(1).publicKey)
        expect(kept === null).toBe(scenario.key === 'new')
        expect(await readable(world)).toHaveLength(entries.length)
        const { authData } = world.server.versions[1] ?? { authData: {} }
        expect(Object.keys(authData).toSorted()).toEqual(['public_key', 'signatures'])
      }
  })
})
