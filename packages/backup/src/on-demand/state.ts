/** The state of a key fetcher: one immutable value. */
import type { SessionAddress } from '../ports/room-keys-api.ts'
import type { Lines } from './lines.ts'
import { MAX_MISSES, type Misses, NO_MISSES } from './misses.ts'
import type { NoBackupReason } from './outcome.ts'
import type { BackupSource } from './source.ts'

/** Requests at one time, if the caller does not say. */
export const DEFAULT_CONCURRENCY = 4
/** Sessions that wait at one time; who misses more is better served by a restore. */
export const MAX_WAITING = 2_000
/** Requests for a session, when the server does not answer as it should. */
export const MAX_ATTEMPTS = 3
/** How long the server's word counts that the version is there. */
export const VERSION_SEEN_MS = 5_000

/** Somebody who asked. */
export interface Caller {
  readonly id: number
  /** Index of the message to be decrypted; `null`: any copy will do. */
  readonly wanted: number | null
}

/** Where a job is. */
export type Phase =
  /** The store is asked. */
  | { readonly kind: 'looking'; readonly run: number }
  /** In its room's line. */
  | { readonly kind: 'queued' }
  /** The server is asked. */
  | { readonly kind: 'reading'; readonly run: number }
  /** The server has no such key; whether it has the version is being asked. */
  | { readonly kind: 'verifying' }
  /** The server did not answer; it is asked again later. */
  | { readonly kind: 'waiting'; readonly until: number }

/** One session, and all who ask for it. */
export interface Job {
  readonly address: SessionAddress
  /** Never empty. */
  readonly callers: readonly Caller[]
  /** From which index on the store decrypted when it was last asked; `null`: not at all. */
  readonly from: number | null
  /** Requests that failed. */
  readonly attempt: number
  readonly phase: Phase
}

/** How much at one time. */
export interface Limits {
  readonly concurrency: number
  readonly waiting: number
  readonly misses: number
}

/** Everything that a key fetcher knows. */
export interface FetcherState {
  readonly limits: Limits
  readonly source: BackupSource | null
  /** Why there is no source, while there is none. */
  readonly because: NoBackupReason
  /** By address. */
  readonly jobs: ReadonlyMap<string, Job>
  /** The addresses of the queued jobs. */
  readonly lines: Lines
  /**
   * Requests that have not ended, with their address, or `null` for the check of the version. One that
   * was cancelled stays until it has ended: it may still be on its way.
   */
  readonly requests: ReadonlyMap<number, string | null>
  /** The check of the version that is awaited. */
  readonly check: number | null
  /** When the server last said that it has the version. */
  readonly versionSeenAt: number | null
  /** The server asked for no request until then. */
  readonly pausedUntil: number | null
  readonly misses: Misses
  /** The number of the latest run. */
  readonly lastRun: number
}

/** The state to begin with. */
export function initialState(limits: Partial<Limits> = {}): FetcherState {
  return {
    limits: {
      concurrency: DEFAULT_CONCURRENCY,
      waiting: MAX_WAITING,
      misses: MAX_MISSES,
      ...limits,
    },
    source: null,
    because: 'no_key',
    jobs: new Map(),
    lines: [],
    requests: new Map(),
    check: null,
    versionSeenAt: null,
    pausedUntil: null,
    misses: NO_MISSES,
    lastRun: 0,
  }
}

/** Whether a store that decrypts from an index on gives what is wanted. */
export function satisfies(from: number | null, wanted: number | null): from is number {
  return from !== null && (wanted === null || from <= wanted)
}

/** The one index that satisfies all; `null`: any copy does. */
export function lowestWanted(callers: readonly Caller[]): number | null {
  const indexes = callers.flatMap(({ wanted }) => wanted ?? [])
  return indexes.length === 0 ? null : indexes.reduce((a, b) => Math.min(a, b))
}

/** When the state wants to be woken, or `null`. */
export function nextWake({ jobs, lines, pausedUntil }: FetcherState, now: number): number | null {
  const isPaused = pausedUntil !== null && pausedUntil > now && lines.length > 0
  let next = isPaused ? pausedUntil : null
  for (const { phase } of jobs.values())
    if (phase.kind === 'waiting' && (next === null || phase.until < next)) next = phase.until
  return next
}
