import { compareSessions, parseSessionExport } from '@roomkeys/megolm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StoredSession } from '../../src/ports.ts'
import { isSettled } from '../../src/merge.ts'
import { backupVersion } from '@roomkeys/types'
import { currentOf, heldOf, type Life, OUR_PUBLIC_KEY, run } from './life.ts'
import { planArbitrary } from './plan.ts'
import { addressOf, megolmOf } from './sessions.ts'
import { open } from './world.ts'

/** The numbered session that an entry is of. */
function truthOf(sessionId: string): ReturnType<typeof megolmOf> {
  const number = [0, 1, 2, 3, 4, 5, 6].find((one) => addressOf(one).sessionId === sessionId)
  if (number === undefined) throw new TypeError('The session is unknown')
  return megolmOf(number, { index: 0, truth: 'genuine' })
}

/** From which index on an entry decrypts; Infinity when it is no genuine copy. */
async function worth(entry: Parameters<typeof open>[0], data: unknown): Promise<number> {
  const sessionKey = await open(entry, data)
  if (sessionKey === null) return Infinity
  const session = parseSessionExport(sessionKey)
  const comparison = compareSessions(session, truthOf(entry.sessionId))
  return comparison === 'conflicting' ? Infinity : session.index
}

async function expectNothingWorse({ replacements }: Life): Promise<void> {
  for (const { entry, before } of replacements)
    expect(await worth(entry, entry.data)).toBeLessThanOrEqual(await worth(entry, before))
}

async function expectSettled(life: Life, session: StoredSession, id: string): Promise<void> {
  expect(isSettled(session, backupVersion(id))).toBe(true)
  const held = heldOf(life.server, id, session)
  const first = session.copies[0]
  if (session.upload?.state === 'refused' || first === undefined) return
  const own = parseSessionExport(first.session.session_key)
  expect(held?.index).toBeLessThanOrEqual(own.index)
  if (life.plan.mode === 'upload_only' || held === null) return
  // What another device uploads between the last look and ours may shut a false copy out.
  if (compareSessions(own, truthOf(session.sessionId)) === 'conflicting') return
  // What is marked as stored decrypts at least what the store decrypts.
  const theirs = await open(session, held.data)
  const comparison = theirs === null ? null : compareSessions(parseSessionExport(theirs), own)
  expect(['equal', 'better']).toContain(comparison)
}

async function expectAgreement(life: Life): Promise<void> {
  const { last, server, durable, plan } = life
  const current = currentOf(server)
  if (last.kind === 'disabled') {
    expect([last.because, current]).toEqual(['no_backup', null])
    return
  }
  if (last.kind === 'wrong_version') {
    const isOurs = current?.publicKey === OUR_PUBLIC_KEY
    expect(isOurs && plan.start !== 'create').toBe(false)
    return
  }
  expect(last).toMatchObject({ kind: 'enabled', upload: { kind: 'idle' } })
  expect(current?.publicKey).toBe(OUR_PUBLIC_KEY)
  expect(last.kind === 'enabled' && last.backup.info.version).toBe(current?.id)
  for await (const session of durable.store.sessions())
    await expectSettled(life, session, current?.id ?? '')
}

/** A version, a key and a process more each cost a few requests; nothing costs requests without end. */
function expectBounded({ server, plan, restarts }: Life): void {
  const { keys, troubles } = plan
  const rounds = 2 + restarts + troubles.length
  expect(server.calls.length).toBeLessThanOrEqual(rounds * (6 + 4 * keys.length))
}

const seen = { plans: 0, restarts: 0, calls: 0, replaced: 0, kinds: new Map<string, number>() }

test('under 2000 random plans nothing gets worse, and engine and server agree in the end', async () => {
  await fc.assert(
    fc.asyncProperty(planArbitrary, async (plan) => {
      const life = await run(plan)
      await expectNothingWorse(life)
      await expectAgreement(life)
      expectBounded(life)
      seen.plans += 1
      seen.restarts += life.restarts
      seen.calls += life.server.calls.length
      seen.replaced += life.replacements.length
      seen.kinds.set(life.last.kind, (seen.kinds.get(life.last.kind) ?? 0) + 1)
    }),
    { numRuns: 2_000, seed: 20_260_101 },
  )
  // The plans are worth running: processes died, keys were replaced, most ended with a backup.
  expect(seen.restarts).toBeGreaterThan(500)
  expect(seen.replaced).toBeGreaterThan(100)
  expect(seen.kinds.get('enabled')).toBeGreaterThan(1_000)
})
