/** Time as the protocol sees it. */

/** A clock. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  readonly now: () => number
  /** Resolves after that many milliseconds; rejects with the signal's reason when it is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>
}

/** A number from 0 up to 1, for spreading requests in time; never for keys. */
export type Jitter = () => number
