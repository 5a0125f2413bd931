/** Workers as a pool sees them. */

/** What a listener of a worker is given. */
export interface WorkerEvent {
  readonly data?: unknown
}

/**
 * A worker: a `Worker` of the web is one. It runs the module `@roomkeys/backup/pool-worker`.
 */
export interface PoolWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  addEventListener(
    type: 'message' | 'messageerror' | 'error',
    listener: (event: WorkerEvent) => void,
  ): void
  terminate(): unknown
  /** Keeps the process alive, where there is one. */
  ref?(): void
  /** Lets the process end. */
  unref?(): void
}
