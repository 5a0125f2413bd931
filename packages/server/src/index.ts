/**
 * A small real server for Matrix key backup: a `Request` to `Response` handler over a SQL store.
 *
 * `@roomkeys/server/node` serves it over HTTP, `@roomkeys/server/pglite` brings an embedded database.
 */
export { createUser, deleteUser } from './account/users.ts'
export { ServerError } from './errors.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export { migrate } from './schema/migrate.ts'
export { createServer } from './server.ts'

export type { NewUser } from './account/users.ts'
export type { ServerErrorCode } from './errors.ts'
export type { Limits } from './limits.ts'
export type { KeyBackupServer, ServerOptions } from './server.ts'
export type { SqlExecutor, SqlRow, SqlStore } from './store.ts'
