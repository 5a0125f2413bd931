/** Room key bundles between two devices of the Rust crypto stack, with a homeserver played in between. */
import {
  type Device,
  DeviceId,
  DeviceLists,
  type OlmMachine,
  RequestType,
  RoomId,
  type StoredRoomKeyBundleData,
  UserId,
} from '@matrix-org/matrix-sdk-crypto-wasm'
import type { RoomKeyBundleContent } from '@roomkeys/key-bundle'
import {
  exportedSessionDataSchema,
  type ExportedSessionData,
  isJsonObject,
  type JsonObject,
  parseWire,
} from '@roomkeys/types'
import { takeOut, type WasmAttachment } from './wasm-attachments.ts'
import { wasmMachine } from './wasm.ts'

/** A device and its user. */
export interface Party {
  readonly machine: OlmMachine
  readonly user: string
  readonly device: string
}

/** What a homeserver knows of a party. */
interface Published {
  readonly party: Party
  readonly deviceKeys: JsonObject
  readonly oneTimeKeys: JsonObject
  readonly crossSigning: JsonObject
}

function parseObject(json: string): JsonObject {
  const value: unknown = JSON.parse(json)
  if (!isJsonObject(value)) throw new Error('The Rust stack wrote no object')
  return value
}

function objectAt(object: JsonObject, ...path: readonly string[]): JsonObject {
  let value: unknown = object
  for (const key of path) value = isJsonObject(value) ? value[key] : undefined
  if (!isJsonObject(value)) throw new Error(`There is no ${path.join('.')}`)
  return value
}

interface AnyRequest {
  readonly id?: string | undefined
  readonly type: RequestType
  readonly body?: string
}

/** Uploads cross-signing keys, device keys with their signature, and one-time keys. */
async function publish(party: Party): Promise<Published> {
  const { machine, user, device } = party
  const bootstrap = await machine.bootstrapCrossSigning(true)
  const requests: readonly AnyRequest[] = await machine.outgoingRequests()
  const upload = requests.find(({ type }) => type === RequestType.KeysUpload)
  if (upload?.id === undefined || upload.body === undefined)
    throw new Error('The machine has nothing to upload')
  const counts = '{"one_time_key_counts":{"signed_curve25519":50}}'
  await machine.markRequestAsSent(upload.id, RequestType.KeysUpload, counts)
  const body = parseObject(upload.body)
  const signed = objectAt(parseObject(bootstrap.uploadSignaturesRequest.body), user, device)
  const own = objectAt(body, 'device_keys')
  const signatures = [own, signed].map((keys) => objectAt(keys, 'signatures', user))
  return {
    party,
    deviceKeys: { ...own, signatures: { [user]: Object.assign({}, ...signatures) as unknown } },
    oneTimeKeys: objectAt(body, 'one_time_keys'),
    crossSigning: parseObject(bootstrap.uploadSigningKeysRequest.body),
  }
}

/** Tells a party the keys of all. */
async function tellKeys({ machine, user }: Party, all: readonly Published[]): Promise<void> {
  const ids = (): UserId[] => all.map(({ party }) => new UserId(party.user))
  await machine.updateTrackedUsers(ids())
  const request = machine.queryKeysForUsers(ids())
  const keysOf = (name: string): JsonObject =>
    Object.fromEntries(all.map(({ party, crossSigning }) => [party.user, crossSigning[name]]))
  const answer = {
    device_keys: Object.fromEntries(
      all.map(({ party, deviceKeys }) => [party.user, { [party.device]: deviceKeys }]),
    ),
    master_keys: keysOf('master_key'),
    self_signing_keys: keysOf('self_signing_key'),
    user_signing_keys: { [user]: keysOf('user_signing_key')[user] },
  }
  await machine.markRequestAsSent(request.id, request.type, JSON.stringify(answer))
}

/** Gives a party a one-time key of another, so that it can encrypt to it. */
async function openOlm({ machine }: Party, { party, oneTimeKeys }: Published): Promise<void> {
  const claim = await machine.getMissingSessions([new UserId(party.user)])
  if (claim === null) throw new Error('No one-time key is asked for')
  const oneTimeKey = Object.fromEntries(Object.entries(oneTimeKeys).slice(0, 1))
  const answer = { one_time_keys: { [party.user]: { [party.device]: oneTimeKey } } }
  await machine.markRequestAsSent(claim.id, claim.type, JSON.stringify(answer))
}

/** Two devices that know each other, cross-signed; the first can encrypt to the second. */
export interface Pair {
  readonly sender: Party
  readonly receiver: Party
  /** The receiver as the sender sees it. */
  readonly device: Device
}

/** Makes two devices. */
export async function wasmPair(): Promise<Pair> {
  const make = async (user: string, device: string): Promise<Party> => ({
    machine: await wasmMachine(user, device),
    user,
    device,
  })
  const [sender, receiver] = [
    await make('@alice:example.org', 'ALICE'),
    await make('@bob:example.org', 'BOB'),
  ]
  const all = [await publish(sender), await publish(receiver)]
  for (const { party } of all) await tellKeys(party, all)
  for (const published of all) if (published.party === receiver) await openOlm(sender, published)
  const id = new DeviceId(receiver.device)
  const device = await sender.machine.getDevice(new UserId(receiver.user), id)
  if (device === undefined) throw new Error('The sender does not know the receiver')
  return { sender, receiver, device }
}

/** Shuts both devices down. */
export function closePair({ sender, receiver }: Pair): void {
  for (const { machine } of [sender, receiver]) machine.close()
}

/**
 * Sends the content of a to-device event, encrypted.
 *
 * @returns what the receiver decrypts
 */
export async function sendBundleContent(
  { sender, receiver, device }: Pair,
  content: RoomKeyBundleContent,
): Promise<unknown> {
  const encrypted = parseObject(await device.encryptToDeviceEvent('m.room_key_bundle', content))
  return deliver(receiver, sender.user, encrypted)
}

async function deliver({ machine }: Party, sender: string, content: unknown): Promise<unknown> {
  const events = [{ type: 'm.room.encrypted', sender, content }]
  const counts = new Map([['signed_curve25519', 50]])
  const [processed] = await machine.receiveSyncChanges(
    JSON.stringify(events),
    new DeviceLists(),
    counts,
    new Set<string>(),
  )
  return processed === undefined ? undefined : parseObject(processed.rawEvent)['content']
}

/** The bundle that a party builds of a room, encrypted. */
export async function buildBundle({ machine }: Party, room: string): Promise<WasmAttachment> {
  const attachment = await machine.buildRoomKeyBundle(new RoomId(room))
  if (attachment === undefined) throw new Error('The machine has nothing to share')
  return takeOut(attachment)
}

/** Where a bundle lies, and what decrypts it. */
export interface Upload {
  readonly room: string
  readonly url: string
  readonly file: WasmAttachment['file']
}

/**
 * Has the sender describe its bundle to the receiver.
 *
 * @returns the content of the to-device event that the receiver decrypts
 */
export async function shareBundle({ sender, receiver }: Pair, upload: Upload): Promise<unknown> {
  const { CollectStrategy } = await import('@matrix-org/matrix-sdk-crypto-wasm')
  const [request] = await sender.machine.shareRoomKeyBundleData(
    new UserId(receiver.user),
    new RoomId(upload.room),
    upload.url,
    JSON.stringify(upload.file),
    CollectStrategy.allDevices(),
  )
  if (request === undefined) throw new Error('Nothing is sent')
  const content = objectAt(parseObject(request.body), 'messages', receiver.user, receiver.device)
  return deliver(receiver, sender.user, content)
}

/** What a party keeps of the event about a bundle. */
export async function receivedBundle(
  { sender, receiver }: Pair,
  room: string,
): Promise<StoredRoomKeyBundleData> {
  const user = new UserId(sender.user)
  const data = await receiver.machine.getReceivedRoomKeyBundleData(new RoomId(room), user)
  if (data === undefined) throw new Error('The receiver has heard of no bundle')
  return data
}

/** Has the receiver import a bundle that it has heard of. */
export async function importBundle(
  pair: Pair,
  room: string,
  ciphertext: Uint8Array,
): Promise<void> {
  await pair.receiver.machine.receiveRoomKeyBundle(await receivedBundle(pair, room), ciphertext)
}

/** All sessions that a party has of a room. */
export async function sessionsOfRoom(
  { machine }: Party,
  room: string,
): Promise<readonly ExportedSessionData[]> {
  const json = await machine.exportRoomKeys((session) => session.roomId.toString() === room)
  const sessions: unknown = JSON.parse(json)
  if (!Array.isArray(sessions)) throw new Error('The Rust stack wrote no array of sessions')
  return sessions.map((session) => parseWire(exportedSessionDataSchema, session, 'a session'))
}
