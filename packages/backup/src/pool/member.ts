/** A worker of a pool, with the batches that it has not answered yet. */
import { WorkerLostError } from './errors.ts'
import type { BatchResults, FromWorker, Item, Setup, ToWorker } from './messages.ts'
import type { PoolWorker, WorkerEvent } from './worker.ts'

interface Waiting {
  readonly run: number
  readonly resolve: (results: BatchResults) => void
  readonly reject: (error: WorkerLostError) => void
}

/** One worker. */
export interface Member {
  readonly worker: PoolWorker
  /** Batches that are not answered, by their numbers. */
  readonly waiting: Map<number, Waiting>
  batches: number
  /** Why it works no more. */
  lost: WorkerLostError | null
}

/** A batch is waited for no more; an idle worker lets the process end. */
function take({ worker, waiting }: Member, batch: number): Waiting | undefined {
  const one = waiting.get(batch)
  waiting.delete(batch)
  if (waiting.size === 0) worker.unref?.()
  return one
}

function lose(member: Member, message: string, cause?: unknown): void {
  const lost = (member.lost ??= new WorkerLostError(message, { cause }))
  for (const batch of [...member.waiting.keys()]) take(member, batch)?.reject(lost)
}

/** Takes a worker in. */
export function memberOf(worker: PoolWorker): Member {
  const member: Member = { worker, waiting: new Map(), batches: 0, lost: null }
  worker.addEventListener('message', ({ data }) => {
    // The worker runs a module of this package.
    const { batch, results } = data as FromWorker
    take(member, batch)?.resolve(results)
  })
  const die = (event: WorkerEvent): void => {
    lose(member, 'A worker of the pool died', event)
    worker.terminate()
  }
  worker.addEventListener('error', die)
  worker.addEventListener('messageerror', die)
  worker.unref?.()
  return member
}

/** The secret bytes of a setup: transferred, so that no copy stays behind. */
function secretBuffers(setup: Setup): ArrayBuffer[] {
  if (setup.kind === 'open') return [setup.privateKey.buffer]
  return setup.macKey === null ? [] : [setup.macKey.buffer]
}

function post({ worker, lost }: Member, message: ToWorker, transfer: ArrayBuffer[] = []): void {
  if (lost === null) worker.postMessage(message, transfer)
}

/** Begins a run. */
export function beginRun(member: Member, run: number, setup: Setup): void {
  post(member, { kind: 'begin', run, setup }, secretBuffers(setup))
}

/**
 * Has a batch done.
 *
 * @throws WorkerLostError, and whatever cannot be posted
 */
export async function workOn(
  member: Member,
  run: number,
  items: readonly Item[],
): Promise<BatchResults> {
  if (member.lost !== null) throw member.lost
  const batch = member.batches++
  post(member, { kind: 'batch', run, batch, items })
  member.worker.ref?.()
  return new Promise((resolve, reject) => member.waiting.set(batch, { run, resolve, reject }))
}

/** Ends a run, and its keys; what it still waits for is given up. */
export function endRun(member: Member, run: number): void {
  post(member, { kind: 'end', run })
  for (const [batch, one] of [...member.waiting])
    if (one.run === run) take(member, batch)?.resolve(null)
}

/** Ends the worker. */
export async function closeMember(member: Member): Promise<void> {
  lose(member, 'The pool was closed')
  await member.worker.terminate()
}
