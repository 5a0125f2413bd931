/** Counting by name. */

/** Counts that grow. */
export interface Counts {
  readonly add: (name: string) => void
  /** The sum of all. */
  readonly total: () => number
  /** By name, the most frequent first. */
  readonly toObject: () => Readonly<Record<string, number>>
}

/** Begins at nothing. */
export function createCounts(): Counts {
  const counts = new Map<string, number>()
  return {
    add: (name) => {
      counts.set(name, (counts.get(name) ?? 0) + 1)
    },
    total: () => Array.from(counts.values()).reduce((sum, count) => sum + count, 0),
    toObject: () => Object.fromEntries(Array.from(counts).sort(([, a], [, b]) => b - a)),
  }
}

/** `mac_mismatch 3, bad_ciphertext 1`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
