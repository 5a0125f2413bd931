/**
 * Identifiers of the `/room_keys` endpoints: opaque strings, branded because a room id, a session id
 * and a version are easily swapped.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#common-identifier-format
 */
declare const brand: unique symbol

/** A room id, e.g. `!abc:example.org`. Room version 12 ids have no domain; nothing is assumed. */
export type RoomId = string & { readonly [brand]: 'RoomId' }

/** A Megolm session id: the unpadded base64 of the session's Ed25519 public key. */
export type SessionId = string & { readonly [brand]: 'SessionId' }

/** The version of a backup, as the server named it: an opaque string. */
export type BackupVersion = string & { readonly [brand]: 'BackupVersion' }

/** The longest identifier that Matrix allows, in bytes of UTF-8. */
export const MAX_ID_BYTES = 255

/** Why an identifier cannot stand in a path or a database. */
export type IdProblem = 'dot_segment' | 'nul' | 'lone_surrogate' | 'too_long'

/**
 * Why an identifier cannot be sent or stored, or `null` when it can.
 *
 * `.` and `..` vanish from URLs; U+0000 and lone surrogates cannot be stored, and the latter collide.
 */
export function idProblem(id: string): IdProblem | null {
  if (id === '.' || id === '..') return 'dot_segment'
  if (id.includes('\0')) return 'nul'
  if (/\p{Surrogate}/u.test(id)) return 'lone_surrogate'
  return new TextEncoder().encode(id).length > MAX_ID_BYTES ? 'too_long' : null
}

/** Reads a string as a room id. */
export function roomId(id: string): RoomId {
  return id as RoomId
}

/** Reads a string as a session id. */
export function sessionId(id: string): SessionId {
  return id as SessionId
}

/** Reads a string as a backup version. */
export function backupVersion(version: string): BackupVersion {
  return version as BackupVersion
}
