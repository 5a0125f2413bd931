/** A number of things that may go on at once, in all and for each key; whoever comes later waits in line. */

/** How many at once, and how long to wait. */
export interface SlotBounds {
  readonly total: number
  readonly perKey: number
  readonly waitMs: number
}

/** Gives a slot back; a second call does nothing. */
export type ReleaseSlot = () => void

/** Slots of one kind. */
export interface Slots {
  /** Waits for a slot; `null` when none came free in time. */
  readonly acquire: (key: string) => Promise<ReleaseSlot | null>
  /** How many are taken. */
  readonly taken: () => number
}

interface Waiter {
  readonly key: string
  readonly grant: (release: ReleaseSlot) => void
}

/** Counts what is taken, in all and by key. */
function createTally({ total, perKey }: SlotBounds): {
  readonly isFree: (key: string) => boolean
  readonly change: (key: string, by: 1 | -1) => void
  readonly all: () => number
} {
  const counts = new Map<string, number>()
  let all = 0
  return {
    isFree: (key) => all < total && (counts.get(key) ?? 0) < perKey,
    change: (key, by) => {
      all += by
      const count = (counts.get(key) ?? 0) + by
      if (count === 0) counts.delete(key)
      else counts.set(key, count)
    },
    all: () => all,
  }
}

/** Calls back once, however often it is asked to. */
function once(callback: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    callback()
  }
}

/** Creates slots. */
export function createSlots(bounds: SlotBounds): Slots {
  const tally = createTally(bounds)
  const waiting = new Set<Waiter>()
  const take = (key: string): ReleaseSlot => {
    tally.change(key, 1)
    return once(() => {
      tally.change(key, -1)
      grantNext()
    })
  }
  const grantNext = (): void => {
    for (const waiter of waiting) {
      if (!tally.isFree(waiter.key)) continue
      waiting.delete(waiter)
      waiter.grant(take(waiter.key))
    }
  }
  const waitInLine = (key: string): Promise<ReleaseSlot | null> =>
    new Promise((resolve) => {
      const giveUp = setTimeout(() => {
        waiting.delete(waiter)
        resolve(null)
      }, bounds.waitMs)
      const grant = (release: ReleaseSlot): void => {
        clearTimeout(giveUp)
        resolve(release)
      }
      const waiter: Waiter = { key, grant }
      waiting.add(waiter)
    })
  return {
    acquire: async (key) => (tally.isFree(key) ? take(key) : waitInLine(key)),
    taken: tally.all,
  }
}
