// Decrypting room events of one Megolm session: ours beside libolm and the Rust wasm, which also
// looks the session up in its store. `node megolm.ts`
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm'
import Olm from '@matrix-org/olm'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { ed25519Verify, type SignedMessage } from '@roomkeys/crypto/ed25519'
import {
  advanceTo,
  createOutboundSession,
  decodeMessage,
  type DecryptOptions,
  exportAt,
  type MegolmSession,
  type OutboundSession,
  sessionIdOf,
  sessionSharingKey,
} from '@roomkeys/megolm'
import {
  decryptRoomEvent,
  encryptRoomEvent,
  type MegolmEventContent,
} from '@roomkeys/megolm/room-event'
import { MEGOLM_V1 } from '@roomkeys/types'
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type Competitor, interleave } from './interleave.ts'
import { printRows, rowsOf } from './table.ts'

const EVENTS = 300
/** A prime: its multiples spread over the indices below the limit. */
const STRIDE = 15_485_863
const FAR = 2 ** 24

const roomId = '!bench:example.org'
const session = createOutboundSession()

function encryptAt(outbound: OutboundSession, index: number): MegolmEventContent {
  const content = { msgtype: 'm.text', body: `Message ${index}, of about the usual length.` }
  const event = { type: 'm.room.message', content, roomId }
  return encryptRoomEvent({ ...outbound, ...advanceTo(outbound, index) }, event).content
}

const counted = Array.from({ length: EVENTS }, (_, i) => i)
const inOrder = counted.map((i) => encryptAt(session, i))
const scattered = counted.map((i) => encryptAt(session, (i * STRIDE) % FAR))

const keys = new WeakMap<Uint8Array, KeyObject>()

function keyOf(publicKey: Uint8Array): KeyObject {
  const known = keys.get(publicKey)
  if (known !== undefined) return known
  const x = Buffer.from(publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  keys.set(publicKey, key)
  return key
}

/** Signatures checked by Node's own cryptography. */
const node: DecryptOptions = {
  verify: ({ publicKey, message, signature }: SignedMessage) =>
    verify(null, message, keyOf(publicKey), signature),
}

function decryptEach(contents: readonly MegolmEventContent[], options?: DecryptOptions): void {
  for (const content of contents) decryptRoomEvent({ content, roomId, session }, options)
}

function decryptAdvancing(options?: DecryptOptions): void {
  let current: MegolmSession = session
  for (const content of inOrder)
    current = decryptRoomEvent({ content, roomId, session: current }, options)?.advanced ?? current
}

function verifyEach(contents: readonly MegolmEventContent[]): void {
  for (const { ciphertext } of contents) {
    const { signed, signature } = decodeMessage(ciphertext)
    if (!ed25519Verify({ publicKey: session.publicKey, message: signed, signature }))
      throw new Error('A message is not signed')
  }
}

await Olm.init()
function decryptOlm(contents: readonly MegolmEventContent[]): void {
  const inbound = new Olm.InboundGroupSession()
  inbound.create(sessionSharingKey(session))
  for (const { ciphertext } of contents) JSON.parse(inbound.decrypt(ciphertext).plaintext)
  inbound.free()
}

await wasm.initAsync()
const machine = await wasm.OlmMachine.initialize(
  new wasm.UserId('@alice:example.org'),
  new wasm.DeviceId('DEVICE'),
)
const exported = {
  algorithm: MEGOLM_V1,
  forwarding_curve25519_key_chain: [],
  room_id: roomId,
  sender_claimed_keys: { ed25519: sessionIdOf(session) },
  sender_key: encodeBase64(new Uint8Array(32).fill(9)),
  session_id: sessionIdOf(session),
  session_key: exportAt(session, 0),
}
await machine.importExportedRoomKeys(JSON.stringify([exported]), () => undefined)

async function decryptWasm(contents: readonly MegolmEventContent[]): Promise<void> {
  for (const content of contents) {
    const event = {
      type: 'm.room.encrypted',
      event_id: '$event',
      sender: '@bob:example.org',
      origin_server_ts: 1,
      content,
    }
    const settings = new wasm.DecryptionSettings(wasm.TrustRequirement.Untrusted)
    const room = new wasm.RoomId(roomId)
    const decrypted = await machine.decryptRoomEvent(JSON.stringify(event), room, settings)
    JSON.parse(decrypted.event)
  }
}

const WASM = 'wasm decryptRoomEvent, and JSON.parse'

function competitors(contents: readonly MegolmEventContent[]): readonly Competitor[] {
  return [
    {
      name: 'ours',
      run: () => {
        decryptEach(contents)
      },
    },
    {
      name: 'ours, node:crypto verifies',
      run: () => {
        decryptEach(contents, node)
      },
    },
    {
      name: 'Ed25519 alone',
      run: () => {
        verifyEach(contents)
      },
    },
    {
      name: 'libolm, and JSON.parse',
      run: () => {
        decryptOlm(contents)
      },
    },
    { name: WASM, run: () => decryptWasm(contents) },
  ]
}

const advancing: readonly Competitor[] = [
  {
    name: 'ours, advancing',
    run: () => {
      decryptAdvancing()
    },
  },
  {
    name: 'ours, advancing, node:crypto verifies',
    run: () => {
      decryptAdvancing(node)
    },
  },
]

async function compare(events: string, entrants: readonly Competitor[]): Promise<void> {
  const timings = await interleave(entrants)
  printRows(
    `room messages, ${events}`,
    rowsOf(timings, { count: EVENTS, unit: 'events', of: WASM }),
  )
}

await compare('index 0 to 299', [...advancing, ...competitors(inOrder)])
await compare('scattered below 2^24', competitors(scattered))
