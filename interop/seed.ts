/** How random cases are drawn: the same ones on every run. A failure prints the seed and the case. */

/** Seed of every random case here. The peers' own randomness (keys, IVs) cannot be seeded. */
export const SEED = 20_261_120

/** Random cases for each direction with each peer. */
export const CASES = 500

/** Parameters of `fc.assert` and `fc.sample`. */
export const seeded = { seed: SEED, numRuns: CASES }
