/** Seeded randomness: the same seed makes the same requests. */

/** Numbers from 0 to 1, and what is made of them. */
export interface Random {
  readonly next: () => number
  /** A whole number from 0 to below the bound. */
  readonly below: (bound: number) => number
  readonly pick: <T>(choices: readonly [T, ...T[]]) => T
  /** Whether something happens that does so once in so many times. */
  readonly once: (inSoMany: number) => boolean
}

/** Mulberry32, after its public-domain form. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    next,
    below,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    once: (inSoMany) => below(inSoMany) === 0,
  }
}
