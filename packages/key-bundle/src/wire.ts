/**
 * A room key bundle, and the to-device event that tells where it lies.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#sharing-keys-between-users
 */
import { type UploadedFile, uploadedFileSchema } from '@roomkeys/attachments'
import { inPlace, type JsonObject, mapOf, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'

/** Type of the to-device event; it must be encrypted with Olm. */
export const ROOM_KEY_BUNDLE = 'm.room_key_bundle'
/** Type of the to-device event before the specification had it. */
export const UNSTABLE_ROOM_KEY_BUNDLE = 'io.element.msc4268.room_key_bundle'

/** The code of a session whose maker did not agree to its being shared with newcomers. */
export const HISTORY_NOT_SHARED = 'm.history_not_shared'

/** Content of the to-device event. */
export interface RoomKeyBundleContent extends JsonObject {
  /** The room that all keys of the bundle are for. */
  readonly room_id: string
  readonly file: UploadedFile
}

/**
 * A session in a bundle. That its history may be shared goes without saying: the flag
 * `shared_history` is not among the fields, nor is the forwarding chain.
 */
export interface HistoricRoomKey extends JsonObject {
  readonly algorithm: string
  readonly room_id: string
  /** Curve25519 key of the device that made the session, as the sender of the bundle says. */
  readonly sender_key: string
  /** What that device claimed to be, as the sender of the bundle says. */
  readonly sender_claimed_keys: Readonly<Record<string, string>>
  readonly session_id: string
  /** The session in the session-export format, unpadded base64. */
  readonly session_key: string
}

/** A session that is not shared: as the content of `m.room_key.withheld`. */
export interface RoomKeyWithheld extends JsonObject {
  readonly algorithm: string
  readonly code: string
  readonly room_id: string
  readonly sender_key: string
  readonly session_id: string
  /** For people, where the code is not understood. */
  readonly reason?: string
}

/** What the file holds, as JSON. No session may be in both lists. */
export interface RoomKeyBundle extends JsonObject {
  readonly room_keys: readonly HistoricRoomKey[]
  readonly withheld: readonly RoomKeyWithheld[]
}

/** A bundle as it was read; its entries are not parsed yet. */
export interface UnreadBundle extends JsonObject {
  readonly room_keys?: readonly unknown[]
  readonly withheld?: readonly unknown[]
}

/** Parses {@link RoomKeyBundleContent}: the types alone. */
export const roomKeyBundleContentSchema: WireSchema<RoomKeyBundleContent> = inPlace(
  v.looseObject({ room_id: v.string(), file: uploadedFileSchema }),
)

/** Parses {@link HistoricRoomKey}. */
export const historicRoomKeySchema: WireSchema<HistoricRoomKey> = inPlace(
  v.looseObject({
    algorithm: v.string(),
    room_id: v.string(),
    sender_key: v.string(),
    sender_claimed_keys: mapOf(v.string()),
    session_id: v.string(),
    session_key: v.string(),
  }),
)

/** Parses {@link RoomKeyWithheld}. */
export const roomKeyWithheldSchema: WireSchema<RoomKeyWithheld> = inPlace(
  v.looseObject({
    algorithm: v.string(),
    code: v.string(),
    room_id: v.string(),
    sender_key: v.string(),
    session_id: v.string(),
    reason: v.exactOptional(v.string()),
  }),
)

/** Parses {@link UnreadBundle}. */
export const unreadBundleSchema: WireSchema<UnreadBundle> = inPlace(
  v.looseObject({
    room_keys: v.exactOptional(v.array(v.unknown())),
    withheld: v.exactOptional(v.array(v.unknown())),
  }),
)
