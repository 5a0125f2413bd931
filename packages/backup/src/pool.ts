/**
 * Opening and sealing in workers, on all cores.
 *
 * In browsers the app makes the workers, because its bundler has to see where: each runs the module
 * `@roomkeys/backup/pool-worker`. Node starts its own threads.
 */
import { createPool, type EntryPool } from './pool/create-pool.ts'
import type { PoolWorker } from './pool/worker.ts'

export { WorkerLostError } from './pool/errors.ts'
export type { EntryPool } from './pool/create-pool.ts'
export type { PoolWorker, WorkerEvent } from './pool/worker.ts'

/** More workers than this cannot be kept busy by one thread. */
const MAX_SIZE = 8

/** What a pool is made of. */
export interface EntryPoolOptions {
  /** How many workers; one for each core by default, and no more than eight. */
  readonly size?: number
  /** Makes a worker; needed in browsers, and the platform's threads by default on Node. */
  readonly createWorker?: () => PoolWorker
}

/** React Native has no such number. */
function cores(): number {
  const { navigator } = globalThis as { readonly navigator?: Partial<Navigator> }
  return navigator?.hardwareConcurrency ?? 1
}

/** Makes a pool; it starts no worker before there is enough to do. */
export function createEntryPool({ size, createWorker }: EntryPoolOptions = {}): EntryPool {
  if (createWorker === undefined) throw new TypeError('createWorker is missing')
  return createPool({ size: size ?? Math.min(cores(), MAX_SIZE), createWorker })
}
