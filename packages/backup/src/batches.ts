/** A stream in batches: the memory that is in flight, and the work between two results. */

/** Elements of a batch. */
const BATCH_SIZE = 64

/** The elements in their order, some at a time; leaving the loop closes the source. */
export function batchesOf<T>(
  elements: Iterable<T> | AsyncIterable<T>,
): Iterable<readonly T[]> | AsyncIterable<readonly T[]> {
  return Symbol.asyncIterator in elements ? asyncBatchesOf(elements) : syncBatchesOf(elements)
}

/** What is at hand is not waited for: a turn for each element would cost more than taking it. */
function* syncBatchesOf<T>(elements: Iterable<T>): Generator<readonly T[]> {
  let batch: T[] = []
  for (const element of elements) {
    batch.push(element)
    if (batch.length < BATCH_SIZE) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

async function* asyncBatchesOf<T>(elements: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let batch: T[] = []
  for await (const element of elements) {
    batch.push(element)
    if (batch.length < BATCH_SIZE) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
