/**
 * Token buckets: each key has a number of calls at once, and gets them back over time.
 *
 * They are kept in memory, so every process counts for itself, and a restart fills all of them.
 */

/** How often something may happen. */
export interface Rate {
  /** How often at once. */
  readonly burst: number
  /** How many are given back in a minute. */
  readonly perMinute: number
}

/** What buckets need from outside. */
export interface BucketsOptions {
  readonly rate: Rate
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** How many keys are remembered; beyond it, those are forgotten that came longest ago. */
  readonly maxKeys: number
}

/** The buckets of one rate. */
export interface Buckets {
  /** Takes one; answers the milliseconds to wait when there is none, and 0 when there was. */
  readonly take: (key: string) => number
  /** Gives back what was taken for something harmless. */
  readonly giveBack: (key: string) => void
}

interface Bucket {
  readonly left: number
  readonly at: number
}

const MINUTE_MS = 60_000

/** Creates buckets, all full. */
export function createBuckets({ rate, now, maxKeys }: BucketsOptions): Buckets {
  const buckets = new Map<string, Bucket>()
  const perMs = rate.perMinute / MINUTE_MS

  const leftNow = (key: string, at: number): number => {
    const bucket = buckets.get(key)
    // A clock that was set back gives nothing, and takes nothing.
    const elapsed = Math.max(0, at - (bucket?.at ?? at))
    return Math.min(rate.burst, (bucket?.left ?? rate.burst) + elapsed * perMs)
  }
  /** Whoever came last stands last, so the first is the one to forget. */
  const put = (key: string, bucket: Bucket): void => {
    buckets.delete(key)
    buckets.set(key, bucket)
    const [oldest] = buckets.keys()
    if (buckets.size > maxKeys && oldest !== undefined) buckets.delete(oldest)
  }

  return {
    take: (key) => {
      const at = now()
      const left = leftNow(key, at)
      if (left < 1) return Math.ceil((1 - left) / perMs)
      put(key, { left: left - 1, at })
      return 0
    },
    giveBack: (key) => {
      const at = now()
      put(key, { left: Math.min(rate.burst, leftNow(key, at) + 1), at })
    },
  }
}
