/** Opening and sealing in worker threads, on all cores: for Node, Bun and Deno. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { EntryPoolOptions } from './pool.ts'
import { createPool, type EntryPool } from './pool/create-pool.ts'
import type { PoolWorker } from './pool/worker.ts'

export { WorkerLostError } from './pool/errors.ts'
export type { EntryPoolOptions } from './pool.ts'
export type { EntryPool } from './pool/create-pool.ts'
export type { PoolWorker, WorkerEvent } from './pool/worker.ts'

/** More workers than this cannot be kept busy by one thread. */
const MAX_SIZE = 8

/** The source of the tests, or the build. */
const [EXTENSION] = /\.[jt]s$/.exec(import.meta.url) ?? ['.js']
const MODULE = new URL(`./pool-worker.node${EXTENSION}`, import.meta.url)

/**
 * A worker takes no options of the process: some are refused in a thread (`--input-type`), others would
 * have each of them profiled or inspected. `NODE_OPTIONS` holds in workers as well.
 *
 * Its young generation is bounded, because V8 doubles it up to 128 MB as long as there is work. Opening
 * takes 84 µs of the processor an entry with 16 MB, and 78 with 32 as with 64.
 */
const OPTIONS = { execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 32 } }

/** A thread in the shape of a worker of the web. */
function startThread(): PoolWorker {
  const thread = new Worker(MODULE, OPTIONS)
  return {
    postMessage: (message, transfer) => {
      thread.postMessage(message, transfer)
    },
    addEventListener: (type, listener) => {
      thread.on(type, (data: unknown) => {
        listener({ data })
      })
      // A thread may also end without an error, where code in it ends it.
      if (type === 'error')
        thread.on('exit', (data) => {
          listener({ data })
        })
    },
    terminate: () => thread.terminate(),
    ref: () => {
      thread.ref()
    },
    unref: () => {
      thread.unref()
    },
  }
}

/** Makes a pool; it starts no worker before there is enough to do. */
export function createEntryPool(options: EntryPoolOptions = {}): EntryPool {
  const { size = Math.min(availableParallelism(), MAX_SIZE), createWorker = startThread } = options
  return createPool({ size, createWorker })
}
