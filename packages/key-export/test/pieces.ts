/** Text and bytes in pieces, as a stream brings them. */
import fc from 'fast-check'

/** What can be cut. */
interface Sliceable<T> {
  readonly length: number
  slice(from: number, to: number): T
}

/** Cuts at these places, those past the end left out. */
export function splitAt<T extends Sliceable<T>>(whole: T, places: readonly number[]): readonly T[] {
  const inside = places.filter((place) => place <= whole.length).toSorted((a, b) => a - b)
  const ends = [...inside, whole.length]
  return ends.map((end, i) => whole.slice(ends[i - 1] ?? 0, end))
}

/** Places to cut at: many, few, and every single one. */
export function placesIn(length: number): fc.Arbitrary<readonly number[]> {
  return fc.oneof(
    fc.array(fc.nat(length), { maxLength: 40 }),
    fc.constant(Array.from({ length }, (_, i) => i)),
    fc.integer({ min: 2, max: 100 }).map((step) => {
      const count = Math.ceil(length / step)
      return Array.from({ length: count }, (_, i) => i * step)
    }),
  )
}

/** Pieces one after another. */
export async function* piecewise<T>(pieces: Iterable<T>): AsyncGenerator<T, void, void> {
  for (const piece of pieces) yield await Promise.resolve(piece)
}

/** Everything that an iterable gives. */
export async function collected<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of source) all.push(item)
  return all
}

/** A source of these pieces that counts how often it was opened, and how often closed. */
export function countedSource<T>(pieces: readonly T[]): {
  readonly open: () => AsyncIterable<T>
  readonly counts: { opened: number; closed: number; given: number }
} {
  const counts = { opened: 0, closed: 0, given: 0 }
  const open = async function* (): AsyncGenerator<T, void, void> {
    counts.opened += 1
    try {
      for (const piece of pieces) {
        counts.given += 1
        yield await Promise.resolve(piece)
      }
    } finally {
      counts.closed += 1
    }
  }
  return { open, counts }
}
