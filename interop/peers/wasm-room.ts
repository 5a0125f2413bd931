/** Room events of the Rust crypto stack: a machine as sender, and as reader. */
import {
  DecryptionSettings,
  EncryptionSettings,
  type OlmMachine,
  RoomId,
  TrustRequirement,
} from '@matrix-org/matrix-sdk-crypto-wasm'
import { type JsonObject, jsonObjectSchema, parseWire } from '@roomkeys/types'

/** A room event in the clear. */
export interface ClearEvent {
  readonly type: string
  readonly content: JsonObject
}

const parseObject = (json: string, what: string): JsonObject =>
  parseWire(jsonObjectSchema, JSON.parse(json), what)

/** Encrypts events with one new session of a machine; contents of `m.room.encrypted`. */
export async function wasmEncryptEvents(
  machine: OlmMachine,
  roomId: string,
  events: readonly ClearEvent[],
): Promise<readonly JsonObject[]> {
  const settings = new EncryptionSettings()
  settings.rotationPeriodMessages = BigInt(events.length + 1)
  await machine.shareRoomKey(new RoomId(roomId), [], settings)
  const contents: JsonObject[] = []
  for (const { type, content } of events) {
    const room = new RoomId(roomId)
    const encrypted = await machine.encryptRoomEvent(room, type, JSON.stringify(content))
    contents.push(parseObject(encrypted, 'm.room.encrypted'))
  }
  return contents
}

/** Decrypts an event with the sessions that a machine has; the event inside. */
export async function wasmDecryptEvent(
  machine: OlmMachine,
  roomId: string,
  content: JsonObject,
): Promise<JsonObject> {
  const event = {
    type: 'm.room.encrypted',
    event_id: '$event',
    sender: '@bob:example.org',
    origin_server_ts: 1,
    room_id: roomId,
    content,
  }
  const settings = new DecryptionSettings(TrustRequirement.Untrusted)
  const decrypted = await machine.decryptRoomEvent(
    JSON.stringify(event),
    new RoomId(roomId),
    settings,
  )
  return parseObject(decrypted.event, 'decrypted event')
}
