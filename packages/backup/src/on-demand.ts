/** Single sessions when they are missing: once however many ask, and not at once again in vain. */
export { createKeyFetcher } from './on-demand/create-key-fetcher.ts'
export {
  FIRST_MISS_BACK_OFF_MS,
  MAX_MISS_BACK_OFF_MS,
  MAX_MISSES,
  MISS_JITTER,
} from './on-demand/misses.ts'
export {
  DEFAULT_CONCURRENCY,
  MAX_ATTEMPTS,
  MAX_WAITING,
  VERSION_SEEN_MS,
} from './on-demand/state.ts'

export type { FetchOptions, KeyFetcher, KeyFetcherOptions } from './on-demand/create-key-fetcher.ts'
export type { FetchOutcome, MissReason, NoBackupReason } from './on-demand/outcome.ts'
export type { FetchPorts } from './on-demand/perform.ts'
export type { BackupSource } from './on-demand/source.ts'
