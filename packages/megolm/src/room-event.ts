/**
 * Room events: `m.room.encrypted` in, the event inside it out, and the way back.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#mmegolmv1aes-sha2
 */
import { CryptoError, fromUtf8, utf8 } from '@roomkeys/crypto/bytes'
import {
  inPlace,
  isJsonObject,
  type JsonObject,
  jsonObjectSchema,
  MEGOLM_V1,
  parseWire,
  WireShapeError,
  type WireSchema,
} from '@roomkeys/types'
import * as v from 'valibot'
import { MegolmError } from './errors.ts'
import { decrypt, type DecryptedMessage, type DecryptOptions } from './inbound.ts'
import { encrypt, type EncryptedMessage, type OutboundSession } from './outbound.ts'
import { type MegolmSession, sessionIdOf } from './session.ts'

/** The content of an `m.room.encrypted` event. Unknown keys are kept. */
export interface MegolmEventContent extends JsonObject {
  readonly algorithm: typeof MEGOLM_V1
  /** The message, base64. */
  readonly ciphertext: string
  readonly session_id: string
  /** Curve25519 key of the sending device. Deprecated and not to be trusted; not checked. */
  readonly sender_key?: unknown
  /** Deprecated and not to be trusted; not checked. */
  readonly device_id?: unknown
  /** How the event relates to another one: in the clear, because the server acts on it. */
  readonly 'm.relates_to'?: unknown
}

/** Parses {@link MegolmEventContent}. */
export const megolmEventContentSchema: WireSchema<MegolmEventContent> = inPlace(
  v.looseObject({
    algorithm: v.literal(MEGOLM_V1),
    ciphertext: v.string(),
    session_id: v.string(),
  }),
)

/** What is encrypted: an event, with the room that it belongs to. */
interface EventPlaintext extends JsonObject {
  readonly type: string
  readonly content: JsonObject
  readonly room_id: string
}

const eventPlaintextSchema: WireSchema<EventPlaintext> = inPlace(
  v.looseObject({ type: v.string(), content: jsonObjectSchema, room_id: v.string() }),
)

const RELATES_TO = 'm.relates_to'

/** The relation of a content, alone; empty without one. */
function relationOf(content: JsonObject): JsonObject {
  return Object.hasOwn(content, RELATES_TO) ? { [RELATES_TO]: content[RELATES_TO] } : {}
}

/**
 * Reads the content of an `m.room.encrypted` event; its `session_id` says which session opens it.
 *
 * @returns `null` when the algorithm is another one
 * @throws WireShapeError when the algorithm is Megolm and the content is broken
 */
export function parseMegolmEventContent(content: unknown): MegolmEventContent | null {
  const algorithm = isJsonObject(content) ? content['algorithm'] : undefined
  if (typeof algorithm === 'string' && algorithm !== MEGOLM_V1) return null
  return parseWire(megolmEventContentSchema, content, 'm.room.encrypted')
}

/** An event to open: its content as it came, the room it came from, and its session. */
export interface EncryptedRoomEvent {
  readonly content: unknown
  /** Id of the room that the event was received in. */
  readonly roomId: string
  readonly session: MegolmSession
}

/** The event inside, and what the message gave. */
export interface DecryptedRoomEvent extends Omit<DecryptedMessage, 'plaintext'> {
  readonly type: string
  /** With `m.relates_to` as it is in the clear, which is what the server acts on. */
  readonly content: JsonObject
}

function parseJson(plaintext: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(plaintext))
  } catch (cause) {
    if (cause instanceof CryptoError)
      throw new MegolmError('bad_plaintext', 'The plaintext is not UTF-8', { cause })
    // Without its cause: V8 quotes the text in it.
    if (cause instanceof SyntaxError)
      throw new MegolmError('bad_plaintext', 'The plaintext is not JSON')
    throw cause
  }
}

/** Reads the plaintext, and overwrites it. */
function parsePlaintext(plaintext: Uint8Array): EventPlaintext {
  try {
    return parseWire(eventPlaintextSchema, parseJson(plaintext), 'plaintext')
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw new MegolmError('bad_plaintext', 'The plaintext is not an event', { cause })
  } finally {
    plaintext.fill(0)
  }
}

/** The content with the relation that stands in the clear, or none, in place of its own. */
function withRelation(content: JsonObject, wire: JsonObject): JsonObject {
  const own = Object.entries(content).filter(([name]) => name !== RELATES_TO)
  return { ...Object.fromEntries(own), ...relationOf(wire) }
}

/**
 * Decrypts a room event.
 *
 * The sender is whoever the session belongs to, never what the content claims. Check the index for
 * replays before the event is shown.
 *
 * @returns `null` when the algorithm is another one
 * @throws MegolmError `another_session`, `another_room`, `bad_plaintext`, or what decrypting gives;
 * WireShapeError
 */
export function decryptRoomEvent(
  event: EncryptedRoomEvent,
  options?: DecryptOptions,
): DecryptedRoomEvent | null {
  const wire = parseMegolmEventContent(event.content)
  if (wire === null) return null
  if (wire.session_id !== sessionIdOf(event.session))
    throw new MegolmError('another_session', 'The event was encrypted with another session')
  const { plaintext, ...message } = decrypt(event.session, wire.ciphertext, options)
  const { type, content, room_id } = parsePlaintext(plaintext)
  if (room_id !== event.roomId)
    throw new MegolmError('another_room', 'The event was encrypted for another room')
  return { ...message, type, content: withRelation(content, wire) }
}

/** An event to encrypt. */
export interface RoomEvent {
  readonly type: string
  readonly content: JsonObject
  readonly roomId: string
}

/** Who sends: deprecated in the specification, and still read by old clients. */
export interface SendingDevice {
  /** Curve25519 key of the device, unpadded base64. */
  readonly sender_key?: string
  readonly device_id?: string
}

/** The content to send, and the session for the next message. */
export interface EncryptedRoomEventContent extends Pick<EncryptedMessage, 'index' | 'next'> {
  readonly content: MegolmEventContent
}

/** Encrypts a room event. Its relation stands in the clear as well, for the server. */
export function encryptRoomEvent(
  session: OutboundSession,
  { type, content, roomId }: RoomEvent,
  device: SendingDevice = {},
): EncryptedRoomEventContent {
  const plaintext = utf8(JSON.stringify({ type, content, room_id: roomId }))
  const { ciphertext, index, next } = encrypt(session, plaintext)
  plaintext.fill(0)
  const head = { algorithm: MEGOLM_V1, ciphertext, session_id: sessionIdOf(session) } as const
  return { content: { ...device, ...head, ...relationOf(content) }, index, next }
}
