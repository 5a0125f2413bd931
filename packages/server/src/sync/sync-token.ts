/**
 * `since` and `next_batch`: how far a device has read its user's stream and its messages, and in which
 * database. Opaque to clients; positions of one database are ordered.
 */
import { RefusedRequest } from '../errors.ts'

/** A place in a stream. */
export interface SyncToken {
  readonly position: number
  /** Messages up to here were handed over; behind `position` while more of them wait. */
  readonly toDevicePosition: number
  /** Tells one database from another: after a reset, positions mean nothing. */
  readonly epoch: string
}

const TOKEN = /^s(\d{1,15})_(\d{1,15})_([0-9a-f]{1,32})$/

/** Writes a token. */
export function writeSyncToken({ position, toDevicePosition, epoch }: SyncToken): string {
  return `s${position}_${toDevicePosition}_${epoch}`
}

/**
 * Reads a token.
 *
 * @throws RefusedRequest 400 `M_INVALID_PARAM` for what was never a token
 */
export function parseSyncToken(text: string): SyncToken {
  const [, position, toDevicePosition, epoch] = TOKEN.exec(text) ?? []
  if (epoch === undefined) throw new RefusedRequest([400, 'M_INVALID_PARAM'], 'Not a sync token')
  return { position: Number(position), toDevicePosition: Number(toDevicePosition), epoch }
}
