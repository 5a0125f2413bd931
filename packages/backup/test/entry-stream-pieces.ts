/** Bytes in pieces, and what is read from them. */

/** Text to bytes. */
export const encoder: TextEncoder = new TextEncoder()

/** The bytes in pieces that end at these places. */
export async function* cutAt(
  bytes: Uint8Array,
  ends: readonly number[],
): AsyncGenerator<Uint8Array> {
  let from = 0
  for (const end of [...ends.toSorted((a, b) => a - b), bytes.length]) {
    await Promise.resolve()
    yield bytes.subarray(from, end)
    from = end
  }
}

/** The bytes, and then a failure. */
export async function* failingAfter(bytes: Uint8Array, reason: Error): AsyncGenerator<Uint8Array> {
  yield bytes
  await Promise.reject(reason)
}

/** Everything that comes. */
export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}
