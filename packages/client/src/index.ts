/** Restore a Matrix key backup: homeserver URL and token in, every room key out. */
export { createClient } from './client.ts'
export { ClientError } from './errors.ts'

export type { Client, ClientOptions } from './client.ts'
export type { CallOptions } from './context.ts'
export type { ClientErrorCode } from './errors.ts'
export type { BackupKey, IdentifiedKey } from './identify-key.ts'
export type { RestoreReport, RestoreResult } from './report.ts'
export type { RestoreEvent } from './restore.ts'
