import { encodeBase64 } from '@roomkeys/crypto/base64'
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { SecretBytes } from '@roomkeys/crypto/secret'
import {
  advanceTo,
  createOutboundSession,
  exportAt,
  type OutboundSession,
  parseSessionExport,
  sessionIdOf,
} from '@roomkeys/megolm'
import { decryptRoomEvent, encryptRoomEvent } from '@roomkeys/megolm/room-event'
import { type ExportedSessionData, MEGOLM_V1 } from '@roomkeys/types'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { anyText, bytesOf, canonicalObject } from './arbitraries.ts'
import { initWasm, wasmExportSessions, wasmImportExported, wasmMachine } from './peers/wasm.ts'
import { type ClearEvent, wasmDecryptEvent, wasmEncryptEvents } from './peers/wasm-room.ts'
import { seeded } from './seed.ts'

beforeAll(initWasm)

const roomId = '!a:example.org'

const clearEvent: fc.Arbitrary<ClearEvent> = fc.record({
  type: anyText.map((text) => `org.example.${text}`),
  // Integers alone: the Rust stack does not keep every digit of other numbers.
  content: canonicalObject,
})

test('we decrypt the room events of the Rust stack', async () => {
  const events = fc.sample(clearEvent, seeded)
  const machine = await wasmMachine()
  const contents = await wasmEncryptEvents(machine, roomId, events)
  const [exported] = await wasmExportSessions(machine)
  const session = parseSessionExport(exported?.session_key ?? '')
  const opened = contents.map((one) => decryptRoomEvent({ content: one, roomId, session }))
  expect(opened.map((event) => event?.index)).toEqual(events.map((_, index) => index))
  for (const [position, { type, content: expected }] of events.entries()) {
    expect(opened[position]?.type).toBe(type)
    expect(opened[position]?.content).toEqual(expected)
  }
})

const index = fc.oneof(
  fc.nat(2 ** 20),
  fc
    .tuple(fc.constantFrom(2 ** 8, 2 ** 16, 2 ** 24), fc.integer({ min: -3, max: 3 }))
    .map(([boundary, distance]) => boundary + distance),
)

const outbound = fc
  .record({ seed: bytesOf(32), ratchet: bytesOf(128), index })
  .map(({ seed, ratchet, index: later }) => {
    const first: OutboundSession = {
      index: 0,
      ratchet: new SecretBytes(ratchet),
      publicKey: ed25519PublicKey(seed),
      seed: new SecretBytes(seed),
    }
    return { first, later: { ...first, ...advanceTo(first, later) } }
  })

const claimedKey = encodeBase64(createOutboundSession().publicKey)

const exportOf = (session: OutboundSession, from: number): ExportedSessionData => ({
  algorithm: MEGOLM_V1,
  forwarding_curve25519_key_chain: [],
  room_id: roomId,
  sender_claimed_keys: { ed25519: claimedKey },
  sender_key: encodeBase64(new Uint8Array(32).fill(9)),
  session_id: sessionIdOf(session),
  session_key: exportAt(session, from),
})

test('the Rust stack decrypts our room events, at any index, from an export before it', async () => {
  const machine = await wasmMachine()
  await fc.assert(
    fc.asyncProperty(
      outbound,
      clearEvent,
      fc.double({ min: 0, max: 1, noNaN: true }),
      async ({ first, later }, event, fraction) => {
        const exported = exportOf(first, Math.floor(later.index * fraction))
        await wasmImportExported(machine, [exported])
        const encrypted = encryptRoomEvent(later, { ...event, roomId })
        const opened = await wasmDecryptEvent(machine, roomId, encrypted.content)
        expect(opened['type']).toBe(event.type)
        expect(opened['content']).toEqual(event.content)
      },
    ),
    // The machine keeps what it imported, so that smaller cases would fail for another reason.
    { ...seeded, endOnFailure: true },
  )
})

describe('a relation', () => {
  const relation = { event_id: '$related', rel_type: 'm.thread' }
  const event = { type: 'm.room.message', content: { body: 'reply', 'm.relates_to': relation } }

  test('of an event of the Rust stack stands in the clear, and is read', async () => {
    const machine = await wasmMachine()
    const [encrypted] = await wasmEncryptEvents(machine, roomId, [event])
    const [exported] = await wasmExportSessions(machine)
    const session = parseSessionExport(exported?.session_key ?? '')
    expect(encrypted?.['m.relates_to']).toEqual(relation)
    const opened = decryptRoomEvent({ content: encrypted, roomId, session })
    expect(opened?.content).toEqual(event.content)
  })

  test('of an event of ours is read by the Rust stack', async () => {
    const machine = await wasmMachine()
    const session = createOutboundSession()
    await wasmImportExported(machine, [exportOf(session, 0)])
    const encrypted = encryptRoomEvent(session, { ...event, roomId })
    const opened = await wasmDecryptEvent(machine, roomId, encrypted.content)
    expect(opened['content']).toEqual(event.content)
  })
})
