/** Random accounts with hostile copies in them: nothing is made worse, and both sides end alike. */
import { compareSessions, parseSessionExport } from '@roomkeys/megolm'
import type { KeyBackupData } from '@roomkeys/types'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backupSource, planSync, storeSource, sync, type SyncEvent } from '../../src/diff.ts'
import { addressKey } from '../../src/merge/address-key.ts'
import {
  ApiError,
  type RoomKeyStore,
  type SessionAddress,
  type StoredSession,
} from '../../src/ports.ts'
import { open } from '../engine/world.ts'
import { contentOf } from '../restore/world.ts'
import { anyIsBetterRule, type Replacement, specificationRule } from '../simulation/server.ts'
import {
  backupOf,
  compare,
  type HeldPlan,
  type KeyPlan,
  pushedOf,
  serverOf,
  storeOf,
} from './world.ts'

interface Account {
  readonly rule: 'specification' | 'any_is_better'
  readonly store: readonly KeyPlan[]
  readonly server: readonly HeldPlan[]
  /** Calls that are cut, by their position. */
  readonly cuts: readonly (readonly [position: number, kind: 'cut_before' | 'cut_after'])[]
}

const INDEXES = [0, 0, 2, 17, 260] as const
const number = fc.integer({ min: 1, max: 6 })

const accountArbitrary: fc.Arbitrary<Account> = fc.record({
  rule: fc.constantFrom('specification', 'any_is_better'),
  store: fc.array(
    fc.record({
      number,
      index: fc.constantFrom(...INDEXES),
      truth: fc.constantFrom('genuine', 'genuine', 'genuine', 'false'),
      origin: fc.constantFrom('direct', 'export_file', 'unauthenticated_backup'),
    }),
    { maxLength: 8 },
  ),
  server: fc.array(
    fc.record({
      number,
      index: fc.constantFrom(...INDEXES),
      truth: fc.constantFrom('genuine', 'genuine', 'genuine', 'false'),
      kind: fc.constantFrom('ours', 'ours', 'ours', 'ours', 'theirs', 'garbage'),
      claimed: fc.constantFrom(null, null, null, 0, 400),
      isVerified: fc.constantFrom(false, false, true),
      forwardedCount: fc.constantFrom(0, 0, 3),
    }),
    { maxLength: 8 },
  ),
  cuts: fc.array(
    fc.tuple(fc.integer({ min: 0, max: 12 }), fc.constantFrom('cut_before', 'cut_after')),
    { maxLength: 3 },
  ),
})

/** The copies of every session of a store, as session keys. */
async function copiesOf(store: RoomKeyStore): Promise<ReadonlyMap<string, StoredSession>> {
  return new Map((await contentOf(store)).map((session) => [addressKey(session), session]))
}

function isCovered(key: string, by: readonly string[]): boolean {
  return by.some((other) =>
    ['equal', 'better'].includes(
      compareSessions(parseSessionExport(other), parseSessionExport(key)),
    ),
  )
}

const keysOf = (session: StoredSession | undefined): readonly string[] =>
  session?.copies.map((copy) => copy.session.session_key) ?? []

/** What came of a replacement, by the truth of both copies. */
async function isImprovement({ entry, before }: Replacement): Promise<boolean> {
  const [now, then] = [await open(entry, entry.data), await open(entry, before)]
  if (now === null) return false
  return (
    then === null || compareSessions(parseSessionExport(now), parseSessionExport(then)) === 'better'
  )
}

/** Runs until nothing is cut any more. */
async function persist(run: () => AsyncGenerator<SyncEvent>): Promise<readonly SyncEvent[]> {
  for (;;)
    try {
      const events: SyncEvent[] = []
      for await (const event of run()) events.push(event)
      return events
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'offline') throw error
    }
}

async function worldOf({ rule, store, server, cuts }: Account) {
  const replacements: Replacement[] = []
  const simulated = await serverOf(server, {
    rule: rule === 'specification' ? specificationRule : anyIsBetterRule,
    onReplaced: (replacement) => replacements.push(replacement),
  })
  simulated.setFaults(({ position }) => ({
    kind: cuts.find(([at]) => at === position)?.[1] ?? 'none',
  }))
  return { store: await storeOf(store), server: simulated, replacements }
}

const REFUSED_KINDS = ['conflicting', 'invalid_in_b']

test('after both ways, only what conflicts, is none, or was refused differs', async () => {
  await fc.assert(
    fc.asyncProperty(accountArbitrary, async (account) => {
      const { store, server, replacements } = await worldOf(account)
      const before = await copiesOf(store)
      const options = { store, backup: backupOf(server.api) }
      const events = await persist(() => sync(options))
      server.setFaults(() => ({ kind: 'none' }))

      const refused = new Set(
        pushedOf(events).flatMap((one) => (one.outcome === 'refused' ? [addressKey(one)] : [])),
      )
      const { differences } = await compare(storeSource(store), backupSource(options.backup))
      const left = differences.filter(
        (one) => !REFUSED_KINDS.includes(one.kind) && !refused.has(addressKey(one)),
      )
      expect(left).toEqual([])

      for (const replacement of replacements) expect(await isImprovement(replacement)).toBe(true)
      const after = await copiesOf(store)
      for (const [address, session] of before)
        for (const key of keysOf(session))
          expect(isCovered(key, keysOf(after.get(address)))).toBe(true)
    }),
    { numRuns: 150 },
  )
}, 60_000)

/** Ratchets and what vouches for them, without the other members of their records. */
async function ratchetsOf(store: RoomKeyStore): Promise<unknown> {
  return (await contentOf(store)).map(({ sessionId, copies }) => ({
    sessionId,
    copies: copies.map(({ session, origins }) => [session.session_key, origins]),
  }))
}

test('a second run changes no key, and a third one nothing', async () => {
  await fc.assert(
    fc.asyncProperty(accountArbitrary, async (account) => {
      const { store, server } = await worldOf({ ...account, cuts: [] })
      const options = { store, backup: backupOf(server.api) }
      await persist(() => sync(options))
      const [ratchets, entries] = [await ratchetsOf(store), server.entriesOf('1')]
      const again = await persist(() => sync(options))
      expect(pushedOf(again).filter(({ outcome }) => outcome === 'uploaded')).toEqual([])
      expect(await ratchetsOf(store)).toEqual(ratchets)
      const content = await contentOf(store)
      await persist(() => sync(options))
      expect(await contentOf(store)).toEqual(content)
      expect(server.entriesOf('1')).toEqual(entries)
    }),
    { numRuns: 60 },
  )
}, 60_000)

interface Planned {
  readonly action: string
  readonly address: SessionAddress
}

test('a plan says what a run then does, unless the server refuses', async () => {
  await fc.assert(
    fc.asyncProperty(accountArbitrary, async (account) => {
      const { store, server } = await worldOf({ ...account, cuts: [] })
      const options = { store, backup: backupOf(server.api), direction: 'push' } as const
      const planned: Planned[] = []
      for await (const event of planSync(options))
        if (event.type === 'difference')
          planned.push({ action: event.action, address: event.difference })
      const uploads = planned.filter(({ action }) => action === 'upload')
      const outcomes = pushedOf(await persist(() => sync(options)))
      const done = outcomes
        .filter(({ outcome }) => outcome === 'uploaded')
        .map((one) => addressKey(one))
      const expected = uploads.map(({ address }) => addressKey(address))
      expect(expected).toEqual(expect.arrayContaining(done))
      const shadowed = outcomes.filter(
        (one) => one.outcome === 'refused' && one.reason === 'shadowed',
      )
      expect(done.length + shadowed.length).toBe(expected.length)
    }),
    { numRuns: 60 },
  )
}, 60_000)

test('an upload that is put back unread is none: entries are compared, not believed', async () => {
  const held = { number: 1, index: 17, truth: 'genuine', kind: 'ours', claimed: 0 } as const
  const { store, server } = await worldOf({
    rule: 'specification',
    store: [{ number: 1, index: 2, truth: 'genuine', origin: 'direct' }],
    server: [{ ...held, isVerified: true, forwardedCount: 0 }],
    cuts: [],
  })
  const before: readonly KeyBackupData[] = server.entriesOf('1').map(({ data }) => data)
  const [outcome] = pushedOf(await persist(() => sync({ store, backup: backupOf(server.api) })))
  expect(outcome).toMatchObject({ outcome: 'refused', reason: 'shadowed' })
  expect(server.entriesOf('1').map(({ data }) => data)).toEqual(before)
})
