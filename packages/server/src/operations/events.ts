/**
 * What the server tells of itself: to a log as it is, and to the metrics, which are sums over it.
 *
 * No event holds a token, a password, a key, `auth_data`, `session_data` or an address. Only the events
 * of {@link AuditEvent} and {@link ReplacementEvent} name a user and a device, and the latter a room and a
 * session: somebody who stole a token can replace or delete a backup, and afterwards this is where it
 * shows.
 */
import type { KeyMetadata } from '@roomkeys/types'

/** A change of somebody's backup that cannot be undone. */
export interface AuditEvent {
  readonly type: 'version_created' | 'version_deleted' | 'keys_deleted'
  readonly userId: string
  readonly deviceId: string
  readonly version: string
  /** How many keys the request removed; those of a deleted version are counted as they are purged. */
  readonly removedKeys: number
}

/** A better copy took the place of a stored key, which cannot be had back. */
export interface ReplacementEvent {
  readonly type: 'key_replaced'
  readonly userId: string
  readonly deviceId: string
  readonly version: string
  readonly roomId: string
  readonly sessionId: string
  readonly before: KeyMetadata
  readonly after: KeyMetadata
}

/** A request was answered; of a download, its head. */
export interface RequestEvent {
  readonly type: 'request'
  /** `OTHER` for a method that no route has. */
  readonly method: string
  /** The template of the path, such as `/_matrix/client/v3/room_keys/keys/:roomId`. */
  readonly route: string
  readonly status: number
  readonly milliseconds: number
}

/** An upload was stored. */
export interface UploadEvent {
  readonly type: 'keys_uploaded'
  readonly inserted: number
  readonly replaced: number
  /** Keys that were no better than the stored ones. */
  readonly kept: number
}

/** A download came to its end, or its reader went away or took nothing for too long. */
export interface DownloadEvent {
  readonly type: 'download_ended'
  readonly outcome: 'complete' | 'reader_left' | 'failed'
  readonly bytes: number
  readonly milliseconds: number
}

/** Keys below a tombstone were removed. */
export interface PurgeEvent {
  readonly type: 'keys_purged'
  readonly keys: number
}

/** A request was refused for coming too often. */
export interface RateLimitEvent {
  readonly type: 'rate_limited'
  readonly limit: string
}

/** Something failed; `onError` has the error itself. */
export interface FailureEvent {
  readonly type: 'failure'
  /** Code of a `ServerError`; `unexpected` for anything else. */
  readonly code: string
}

/** Everything that the server tells. */
export type ServerEvent =
  | AuditEvent
  | DownloadEvent
  | FailureEvent
  | PurgeEvent
  | RateLimitEvent
  | ReplacementEvent
  | RequestEvent
  | UploadEvent
