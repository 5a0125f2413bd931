/** Work on batches that are under way at once, its outcomes in order. */
import { batchesOf } from './batches.ts'

/** Where this thread does the work: the platform agrees on the secrets of a batch beside the one before. */
export const BATCHES_AT_ONCE = 2

/** How batches are worked on. */
export interface Pipeline<I, O> {
  readonly work: (batch: readonly I[]) => Promise<readonly O[]>
  /** How many batches may be under way now: no more is read from the source. */
  readonly limit: () => number
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
}

type Batches<I> = Iterator<readonly I[], unknown> | AsyncIterator<readonly I[], unknown>

/** What came: a batch, the end of the source, what it failed with, or outcomes. */
type Event<I, O> =
  | { readonly kind: 'batch'; readonly batch: readonly I[] }
  | { readonly kind: 'outcomes'; readonly outcomes: readonly O[] }
  | { readonly kind: 'end' }
  | Broken

/** The source failed: what came before is worked on to the end. */
interface Broken {
  readonly kind: 'broken'
  readonly cause: unknown
}

interface State<I, O> {
  readonly batches: Batches<I>
  readonly underWay: Promise<Event<I, O>>[]
  /** What the source was asked for and has not given yet. */
  reading: Promise<Event<I, O>> | null
  /** How the source ended, once it did. */
  end: { readonly kind: 'end' } | Broken | null
}

function iteratorOf<I>(elements: Iterable<I> | AsyncIterable<I>, batchSize: number): Batches<I> {
  const batches = batchesOf(elements, batchSize)
  return Symbol.asyncIterator in batches
    ? batches[Symbol.asyncIterator]()
    : batches[Symbol.iterator]()
}

/**
 * What comes first, or `null` when the signal is aborted. It is listened to anew each time: a promise
 * that lives as long as the run would keep all that it was ever raced with.
 */
async function firstOf<T>(
  events: readonly Promise<T>[],
  signal: AbortSignal | undefined,
): Promise<T | null> {
  let forget = (): void => undefined
  const aborted = new Promise<null>((resolve) => {
    const abort = (): void => {
      resolve(null)
    }
    signal?.addEventListener('abort', abort, { once: true })
    forget = () => signal?.removeEventListener('abort', abort)
  })
  try {
    return await Promise.race([...events, aborted])
  } finally {
    forget()
  }
}

async function read<I, O>({ batches }: State<I, O>): Promise<Event<I, O>> {
  try {
    const { done, value } = await batches.next()
    return done === true ? { kind: 'end' } : { kind: 'batch', batch: value }
  } catch (cause) {
    return { kind: 'broken', cause }
  }
}

async function outcomesOf<I, O>(work: Promise<readonly O[]>): Promise<Event<I, O>> {
  return { kind: 'outcomes', outcomes: await work }
}

/** What may come next; none when all is done. */
function expected<I, O>(state: State<I, O>, limit: number): readonly Promise<Event<I, O>>[] {
  if (state.end === null && state.underWay.length < limit) state.reading ??= read(state)
  // Reading comes first: workers are not to wait for whoever takes the outcomes.
  return [state.reading, state.underWay[0]].filter((one) => one !== null && one !== undefined)
}

/** Takes an event in; the outcomes that it brings. */
function taken<I, O>(
  state: State<I, O>,
  event: Event<I, O>,
  pipeline: Pipeline<I, O>,
): readonly O[] {
  if (event.kind === 'outcomes') {
    void state.underWay.shift()
    return event.outcomes
  }
  state.reading = null
  if (event.kind === 'batch') {
    const work = outcomesOf<I, O>(pipeline.work(event.batch))
    // It may fail before its turn comes, or be given up.
    work.catch(() => undefined)
    state.underWay.push(work)
  } else state.end = event
  return []
}

/** Closes the source; one that does not answer is not waited for. */
async function close<I, O>({ batches, reading, end }: State<I, O>): Promise<void> {
  if (end !== null) return
  const closed = Promise.resolve(batches.return?.())
  if (reading === null) {
    await closed
    return
  }
  const ignore = (): void => undefined
  closed.catch(ignore)
  reading.catch(ignore)
}

/**
 * Yields the outcomes of all batches, in their order.
 *
 * @throws the signal's reason, whatever the source throws, and whatever the work rejects with
 */
export async function* inOrder<I, O>(
  elements: Iterable<I> | AsyncIterable<I>,
  pipeline: Pipeline<I, O>,
): AsyncGenerator<O> {
  const { signal, limit } = pipeline
  const state: State<I, O> = {
    batches: iteratorOf(elements, pipeline.batchSize),
    underWay: [],
    reading: null,
    end: null,
  }
  try {
    for (;;) {
      const next = expected(state, limit())
      if (next.length === 0) break
      const event = await firstOf(next, signal)
      signal?.throwIfAborted()
      // Without an event the signal was aborted, which has just been thrown.
      if (event === null) break
      for (const outcome of taken(state, event, pipeline)) {
        yield outcome
        signal?.throwIfAborted()
      }
    }
    if (state.end?.kind === 'broken') throw state.end.cause
  } finally {
    await close(state)
  }
}
