/**
 * A small real server for Matrix key backup: a `Request` to `Response` handler over a SQL store.
 *
 * `@roomkeys/server/node` serves it over HTTP, `@roomkeys/server/pglite` brings an embedded database.
 */
export { createUser, deleteUser } from './account/users.ts'
export { ServerError } from './errors.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export { createMetrics } from './operations/metrics.ts'
export { DEFAULT_RATE_LIMITS } from './operations/rate-limits.ts'
export { migrate } from './schema/migrate.ts'
export { createServer } from './server.ts'

export type { NewUser } from './account/users.ts'
export type { ServerErrorCode } from './errors.ts'
export type { Registration } from './http/context.ts'
export type { Limits } from './limits.ts'
export type { ClientInfo } from './http/client-address.ts'
export type {
  AuditEvent,
  DownloadEvent,
  FailureEvent,
  PurgeEvent,
  RateLimitEvent,
  ReplacementEvent,
  RequestEvent,
  ServerEvent,
  UploadEvent,
} from './operations/events.ts'
export type { Metrics } from './operations/metrics.ts'
export type { RateLimits } from './operations/rate-limits.ts'
export type { Rate } from './operations/token-buckets.ts'
export type { MigrateOptions } from './schema/migrate.ts'
export type { KeyBackupServer, RunningServer } from './server.ts'
export type { ServerOptions } from './services.ts'
export type { SqlExecutor, SqlRow, SqlStore, TransactionKind } from './store.ts'
