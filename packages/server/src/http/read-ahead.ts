/**
 * A stream of text that its writer fills ahead of its reader, within bounds.
 *
 * The writer may hold a transaction, and with an embedded database that is the only connection. So an
 * answer of ordinary size is taken in whole, and a larger one waits for its reader for a limited time.
 */
import { ServerError } from '../errors.ts'

/** How far a writer runs ahead, and how long it waits. */
export interface ReadAheadBounds {
  readonly readAheadBytes: number
  readonly readerStallMs: number
  readonly downloadMs: number
}

/** Both ends of a stream. */
export interface ReadAhead {
  readonly readable: ReadableStream<Uint8Array>
  /** Resolves when the writer has opened the stream; rejects when it gave up before. */
  readonly opened: Promise<void>
  /** From here on the answer is certain to be a 200. */
  readonly open: () => void
  readonly isOpen: () => boolean
  /** Resolves once there is room for more; rejects when the reader is gone or takes nothing. */
  readonly write: (text: string) => Promise<void>
  /** Resolves once everything is read, or is so little that it does not matter; rejects as `write`. */
  readonly close: () => Promise<void>
  /** Bytes so far. */
  readonly written: () => number
  /** Whether the reader went away or stalled, which is no fault of the server. */
  readonly readerLeft: () => boolean
  /** Ends the stream so that its reader sees that something is missing. */
  readonly abort: (reason: unknown) => void
}

/** What is left in memory of an answer up to this size is no reason to wait for its reader. */
const SMALL_BYTES = 64 * 1024

function cutShort(message: string): ServerError {
  return new ServerError('answer_cut_short', message)
}

/** Rejects when the time is over; `end` stops the clock. */
function clock(milliseconds: number): { readonly over: Promise<never>; readonly end: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(cutShort('The reader of an answer takes nothing'))
    }, milliseconds)
  })
  toldElsewhere(over)
  return {
    over,
    end: () => {
      clearTimeout(timer)
    },
  }
}

/** The outcome shows at `write` and `close`; the other promises repeat it. */
function toldElsewhere(promise: Promise<unknown>): void {
  promise.catch(() => undefined)
}

/** A promise, and both ways to settle it. */
function opening(): {
  readonly opened: Promise<void>
  readonly open: () => void
  readonly giveUp: (reason: unknown) => void
} {
  let settle: readonly [() => void, (reason: unknown) => void] | undefined
  const opened = new Promise<void>((resolve, reject) => {
    settle = [resolve, reject]
  })
  return { opened, open: () => settle?.[0](), giveUp: (reason) => settle?.[1](reason) }
}

/** Waits for a reader: so long for each step, and so long in all. */
function patience({ downloadMs }: ReadAheadBounds): {
  readonly waitFor: (ready: Promise<unknown>, milliseconds: number) => Promise<void>
  readonly isOver: () => boolean
  readonly end: () => void
} {
  const whole = clock(downloadMs)
  let isOver = false
  const waitFor = async (ready: Promise<unknown>, milliseconds: number): Promise<void> => {
    const stall = clock(milliseconds)
    try {
      await Promise.race([ready, stall.over, whole.over])
    } catch (error) {
      isOver = true
      throw error
    } finally {
      stall.end()
    }
  }
  return { waitFor, isOver: () => isOver, end: whole.end }
}

/** Creates both ends. The time of a download runs from here. */
export function readAhead(bounds: ReadAheadBounds): ReadAhead {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
    {},
    new ByteLengthQueuingStrategy({ highWaterMark: bounds.readAheadBytes }),
  )
  const writer = writable.getWriter()
  toldElsewhere(writer.closed)
  const { opened, open, giveUp } = opening()
  const { waitFor, isOver, end } = patience(bounds)
  const encoder = new TextEncoder()
  let [isOpen, written] = [false, 0]
  return {
    ...{ readable, opened, readerLeft: isOver },
    open: () => {
      isOpen = true
      open()
    },
    isOpen: () => isOpen,
    written: () => written,
    write: async (text) => {
      await waitFor(writer.ready, bounds.readerStallMs)
      const bytes = encoder.encode(text)
      written += bytes.length
      toldElsewhere(writer.write(bytes))
    },
    close: async () => {
      const closed = writer.close()
      toldElsewhere(closed)
      if (written > SMALL_BYTES) await waitFor(closed, bounds.downloadMs)
      end()
    },
    abort: (reason) => {
      end()
      giveUp(reason)
      toldElsewhere(writer.abort(cutShort('The answer was cut short')))
    },
  }
}
