/**
 * Requests and answers of `/room_keys/keys`.
 *
 * Requests are parsed whole. Answers come in two depths: the shell alone, so that one damaged entry
 * does not cost the others, and the entry.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeys
 */
import * as v from 'valibot'
import {
  inPlace,
  type JsonObject,
  jsonObjectSchema,
  mapOf,
  wireIntegerSchema,
  type WireSchema,
} from './json.ts'

/** What the server compares when it decides between two copies of a key. */
export interface KeyMetadata {
  /** Whether the key came from a device that the uploader had verified. */
  readonly is_verified: boolean
  /** Index of the first message that the key decrypts. */
  readonly first_message_index: number
  /** How many times the key was forwarded. */
  readonly forwarded_count: number
}

/** One backed-up key: the metadata in the clear, and the encrypted `session_data`. */
export interface KeyBackupData extends KeyMetadata, JsonObject {
  readonly is_verified: boolean
  readonly first_message_index: number
  readonly forwarded_count: number
  /** Its shape depends on the backup's algorithm. */
  readonly session_data: JsonObject
}

/** The keys of one room, by session id. */
export interface RoomKeyBackup extends JsonObject {
  readonly sessions: Readonly<Record<string, KeyBackupData>>
}

/** Body of `PUT /room_keys/keys`: the keys of several rooms. */
export interface RoomKeys extends JsonObject {
  readonly rooms: Readonly<Record<string, RoomKeyBackup>>
}

/** The keys of one room as a server answers; entries are not parsed yet. */
export interface RoomKeyBackupAnswer {
  readonly sessions: Readonly<Record<string, unknown>>
}

/** Answer of `GET /room_keys/keys`; entries are not parsed yet. */
export interface RoomKeysAnswer {
  readonly rooms: Readonly<Record<string, RoomKeyBackupAnswer>>
}

/** Answer of every upload and deletion of keys. */
export interface RoomKeysUpdateResponse extends JsonObject {
  /** Number of keys in the version now. */
  readonly count: number
  readonly etag: string
}

/** Parses {@link KeyBackupData}. */
export const keyBackupDataSchema: WireSchema<KeyBackupData> = inPlace(
  v.looseObject({
    first_message_index: wireIntegerSchema,
    forwarded_count: wireIntegerSchema,
    is_verified: v.boolean(),
    session_data: jsonObjectSchema,
  }),
)

/** Parses {@link RoomKeyBackup}. */
export const roomKeyBackupSchema: WireSchema<RoomKeyBackup> = inPlace(
  v.looseObject({ sessions: mapOf(keyBackupDataSchema) }),
)

/** Parses {@link RoomKeys}. */
export const roomKeysSchema: WireSchema<RoomKeys> = inPlace(
  v.looseObject({ rooms: mapOf(roomKeyBackupSchema) }),
)

/** Parses {@link RoomKeyBackupAnswer}. */
export const roomKeyBackupAnswerSchema: WireSchema<RoomKeyBackupAnswer> = inPlace(
  v.looseObject({ sessions: mapOf(v.unknown()) }),
)

/** Parses {@link RoomKeysAnswer}. */
export const roomKeysAnswerSchema: WireSchema<RoomKeysAnswer> = inPlace(
  v.looseObject({ rooms: mapOf(roomKeyBackupAnswerSchema) }),
)

/** Parses {@link RoomKeysUpdateResponse}. */
export const roomKeysUpdateResponseSchema: WireSchema<RoomKeysUpdateResponse> = inPlace(
  v.looseObject({ count: wireIntegerSchema, etag: v.string() }),
)
