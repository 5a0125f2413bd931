/** Readings over bytes that arrive. */
import { coalesce } from './coalesce.ts'
import { createCursor, type Cursor, feed, MORE } from './cursor.ts'
import type { Reading } from './members.ts'
import { expectEnd } from './scan.ts'

/** Runs a reading over the pieces: asks for one only when it needs it. */
export async function* run<T>(
  pieces: AsyncIterable<Uint8Array>,
  begin: (cursor: Cursor) => Reading<T>,
): AsyncGenerator<T> {
  const cursor = createCursor()
  const source = coalesce(pieces)
  const next = async (): Promise<void> => {
    const { done, value } = await source.next()
    if (done === true) cursor.ended = true
    else feed(cursor, value)
  }
  try {
    for (const step of begin(cursor)) {
      if (step === MORE) await next()
      else yield step
    }
    const end = expectEnd(cursor)
    while (end.next().done !== true) await next()
  } finally {
    await source.return(undefined)
  }
}
