/** One run through a pool: small ones never leave the calling thread. */
import { WorkerLostError } from './errors.ts'
import { BATCHES_AT_ONCE, inOrder } from '../in-order.ts'
import { beginRun, endRun, type Member, workOn } from './member.ts'
import type { BatchResults, Item, Result, Setup } from './messages.ts'

/** The members of a pool, as a run uses them. */
export interface Members {
  /** How many there are once they are started. */
  readonly size: number
  /** Whether it pays by now to have batches done by workers. */
  readonly isWorthwhile: () => boolean
  /** Elements were done in the calling thread. */
  readonly doneHere: (elements: number) => void
  /** The one that has the least to do; starts them, and replaces those that died. */
  readonly next: () => Member
  /** The number of a new run. */
  readonly newRun: () => number
}

/** What a run does. */
export interface Task<I extends Item, O> {
  readonly elements: Iterable<I> | AsyncIterable<I>
  readonly signal: AbortSignal | undefined
  readonly setup: () => Setup
  /** Does a batch in the calling thread. */
  readonly inline: (batch: readonly I[]) => Promise<readonly O[]>
  /** The outcome that a worker's result is, if it is one. */
  readonly outcomeOf: (result: Result) => O | null
}

/** Elements of a batch for a worker: posting one costs more than one of its elements. */
const POSTED_BATCH = 64

/** One in work and one at hand: a worker never waits, and the source is not read further. */
const BATCHES_PER_WORKER = 2

interface Run<I extends Item, O> {
  readonly id: number
  readonly members: Members
  readonly task: Task<I, O>
  /** The workers that know the keys of this run. */
  readonly begun: Set<Member>
  isOver: boolean
}

/** What a worker makes of a batch; `null` where the batch cannot be posted. */
async function send<I extends Item, O>(
  { id, members, task, begun }: Run<I, O>,
  batch: readonly I[],
): Promise<BatchResults> {
  const member = members.next()
  try {
    if (!begun.has(member)) beginRun(member, id, task.setup())
    begun.add(member)
    return await workOn(member, id, batch)
  } catch (error) {
    if (error instanceof WorkerLostError) throw error
    return null
  }
}

/** A batch in a worker; what that could not do is done here, and comes to the same errors. */
async function pooled<I extends Item, O>(
  run: Run<I, O>,
  batch: readonly I[],
): Promise<readonly O[]> {
  const results = await send(run, batch)
  if (run.isOver) return []
  const known = results?.length === batch.length ? results : batch.map(() => null)
  const outcomes = known.map((result) => (result === null ? null : run.task.outcomeOf(result)))
  const isLeft = outcomes.map((outcome) => outcome === null)
  if (!isLeft.includes(true)) return outcomes.filter((outcome) => outcome !== null)
  const left = (await run.task.inline(batch.filter((_, i) => isLeft[i])))[Symbol.iterator]()
  return outcomes.map((outcome) => outcome ?? nextOf(left))
}

/** The calling thread gives an outcome for each item. */
function nextOf<O>(outcomes: Iterator<O, unknown>): O {
  const { done, value } = outcomes.next()
  if (done === true) throw new TypeError('An item has no outcome')
  return value
}

function limitOf<I extends Item, O>({ members }: Run<I, O>): number {
  return members.isWorthwhile() ? members.size * BATCHES_PER_WORKER : BATCHES_AT_ONCE
}

function work<I extends Item, O>(run: Run<I, O>, batch: readonly I[]): Promise<readonly O[]> {
  if (run.members.isWorthwhile()) return pooled(run, batch)
  run.members.doneHere(batch.length)
  return run.task.inline(batch)
}

/** Runs a task; its keys are gone from the workers when it ends, however it ends. */
export async function* runInPool<I extends Item, O>(
  members: Members,
  task: Task<I, O>,
): AsyncGenerator<O> {
  const { elements, signal } = task
  const run = { id: members.newRun(), members, task, begun: new Set<Member>() }
  const state: Run<I, O> = { ...run, isOver: false }
  try {
    yield* inOrder(elements, {
      work: (batch) => work(state, batch),
      limit: () => limitOf(state),
      batchSize: POSTED_BATCH,
      signal,
    })
  } finally {
    state.isOver = true
    for (const member of state.begun) endRun(member, state.id)
  }
}
