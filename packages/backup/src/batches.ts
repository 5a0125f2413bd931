/** A stream in batches: the memory that is in flight, and the work between two results. */

/**
 * Elements of a batch. What is in flight survives when V8 collects its young generation, which is doubled
 * each time that as much survived as it holds; where other threads agree on the secrets, batches of 16 are
 * slower by a twentieth. A restore of a million keys had 238 and 240 MB with 32; with 16, in one thread, 241.
 */
export const BATCH_SIZE = 32

/** Elements in one transaction of a store that does not say how many it likes. */
export const TRANSACTION_SIZE = 64

/** The elements in their order, some at a time; leaving the loop closes the source. */
export function batchesOf<T>(
  elements: Iterable<T> | AsyncIterable<T>,
  size: number = BATCH_SIZE,
): Iterable<readonly T[]> | AsyncIterable<readonly T[]> {
  return Symbol.asyncIterator in elements
    ? asyncBatchesOf(elements, size)
    : syncBatchesOf(elements, size)
}

/** What is at hand is not waited for: a turn for each element would cost more than taking it. */
function* syncBatchesOf<T>(elements: Iterable<T>, size: number): Generator<readonly T[]> {
  let batch: T[] = []
  for (const element of elements) {
    batch.push(element)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** The same for what is waited for. */
export async function* asyncBatchesOf<T>(
  elements: AsyncIterable<T>,
  size: number = BATCH_SIZE,
): AsyncGenerator<readonly T[]> {
  let batch: T[] = []
  for await (const element of elements) {
    batch.push(element)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
