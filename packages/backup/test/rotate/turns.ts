/** Two devices whose calls take turns as chance has it, on a server that has bad days. */
import { compareSessions } from '@roomkeys/megolm'
import type { OpenedEntry } from '../../src/entry.ts'
import { sessionUnder } from '../../src/session-key.ts'
import type { Fault, FaultPlan } from '../simulation/server.ts'

/** A generator of numbers from 0 up to 1, the same for the same seed. */
export function createChance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A turn comes when chance picks whoever waits for it. */
export function createTurns(chance: () => number): () => Promise<void> {
  const waiting: (() => void)[] = []
  let isScheduled = false
  function schedule(): void {
    isScheduled = true
    setImmediate(() => {
      const [next] = waiting.splice(Math.floor(chance() * waiting.length), 1)
      isScheduled = false
      next?.()
      if (waiting.length > 0) schedule()
    })
  }
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (!isScheduled) schedule()
    })
}

/** Faults for this share of the calls. */
export function faultsOf(chance: () => number, share: number): FaultPlan {
  return ({ operation, entries }): Fault => {
    if (chance() >= share) return { kind: 'none' }
    const kind = Math.floor(chance() * 6)
    if (kind === 0) return { kind: 'cut_before' }
    if (kind === 1) return { kind: 'cut_after' }
    if (kind === 2) return { kind: 'answer', code: 'rate_limited', retryAfterMs: 1_000 }
    if (kind === 3) return { kind: 'answer', code: 'server_error' }
    if (kind === 4) return { kind: 'answer', code: 'timeout' }
    const isLarge = operation === 'uploadKeys' && entries.length > 1
    return isLarge ? { kind: 'answer', code: 'too_large' } : { kind: 'none' }
  }
}

/** The keys of `before` that nothing in `after` covers: connected, and from as early on. */
export function lostBetween(
  before: readonly OpenedEntry[],
  after: readonly OpenedEntry[],
): readonly string[] {
  const sessionOf = ({ sessionId, session }: OpenedEntry) => sessionUnder(sessionId, session)
  return before
    .filter(
      (old) =>
        !after.some(
          (now) =>
            now.roomId === old.roomId &&
            ['equal', 'better'].includes(compareSessions(sessionOf(now), sessionOf(old))),
        ),
    )
    .map(({ sessionId, firstMessageIndex }) => `${sessionId} ${firstMessageIndex}`)
}
