import { encodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, concatBytes, fromUtf8, utf8 } from '@roomkeys/crypto/bytes'
import { ed25519PublicKey, ed25519Sign } from '@roomkeys/crypto/ed25519'
import { hkdfSha256 } from '@roomkeys/crypto/hkdf'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { aesCbcEncrypt } from '@roomkeys/crypto/aes'
import {
  advanceTo,
  decrypt,
  encrypt,
  exportAt,
  type OutboundSession,
  parseSessionExport,
  parseSessionSharing,
  sessionSharingKey,
} from '@roomkeys/megolm'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { anyText, bytesOf } from './arbitraries.ts'
import { initOlm, olmExportAt, olmGroupDecrypt, olmOutboundSession } from './peers/olm.ts'
import { olmGroupDecryptShared, olmGroupEncrypt } from './peers/olm-group.ts'
import { seeded } from './seed.ts'

beforeAll(initOlm)

/** libolm's binding ends a plaintext at the first U+0000. */
const plaintext = anyText.map((text) => text.replaceAll('\0', ''))

/** Indices up to 2^20, and those around the boundaries of the ratchet's parts. */
const index = fc.oneof(
  fc.nat(2 ** 20),
  fc
    .tuple(
      fc.constantFrom(2 ** 8, 2 ** 16, 2 ** 24, 2 ** 31, 2 ** 32 - 8),
      fc.integer({ min: -3, max: 3 }),
    )
    .map(([boundary, distance]) => boundary + distance),
)

/** An outbound session, and the same at an earlier index; libolm reads less than 2^31 ahead. */
const session = fc
  .record({
    seed: bytesOf(32),
    ratchet: bytesOf(128),
    index,
    distance: fc.oneof(fc.nat(300), fc.nat(2 ** 25), fc.nat(2 ** 31 - 1)),
  })
  .map(({ seed, ratchet, index: later, distance }) => {
    const first: OutboundSession = {
      index: Math.max(0, later - distance),
      ratchet: new SecretBytes(ratchet),
      publicKey: ed25519PublicKey(seed),
      seed: new SecretBytes(seed),
    }
    return { first, later: at(first, later) }
  })

function at(outbound: OutboundSession, later: number): OutboundSession {
  return { ...outbound, ...advanceTo(outbound, later) }
}

const partsOf = ({ index: messageIndex, ratchet, publicKey, seed }: OutboundSession) => ({
  index: messageIndex,
  ratchet: ratchet.expose(),
  publicKey,
  seed: seed.expose(),
})

/** As many messages as given, of ours, from that index on. */
function send(outbound: OutboundSession, plaintexts: readonly string[]): readonly string[] {
  let current = outbound
  return plaintexts.map((text) => {
    const { ciphertext, next } = encrypt(current, utf8(text))
    current = next
    return ciphertext
  })
}

test('libolm decrypts our messages at any index, with the session that we shared before', () => {
  fc.assert(
    fc.property(session, plaintext, ({ first, later }, text) => {
      const [message = ''] = send(later, [text])
      const received = olmGroupDecryptShared(sessionSharingKey(first), [message])
      expect(received).toEqual([{ index: later.index, plaintext: text }])
    }),
    seeded,
  )
})

test('libolm exports our session at any index as we do, and decrypts with it', () => {
  fc.assert(
    fc.property(session, plaintext, ({ first, later }, text) => {
      const exported = exportAt(first, later.index)
      expect(olmExportAt(sessionSharingKey(first), later.index)).toBe(exported)
      const [message = ''] = send(later, [text])
      expect(olmGroupDecrypt(exported, message)).toBe(text)
    }),
    seeded,
  )
})

test('we decrypt messages of libolm at any index, with the session that was shared before', () => {
  fc.assert(
    fc.property(session, plaintext, ({ first, later }, text) => {
      const { messages } = olmGroupEncrypt(partsOf(later), [text])
      const inbound = parseSessionSharing(sessionSharingKey(first))
      const decrypted = messages.map((message) => decrypt(inbound, message))
      expect(decrypted.map((one) => fromUtf8(one.plaintext))).toEqual([text])
      expect(decrypted.map((one) => one.index)).toEqual([later.index])
    }),
    seeded,
  )
})

test('our messages and shared sessions are those of libolm, byte for byte', () => {
  fc.assert(
    fc.property(session, fc.array(plaintext, { maxLength: 4 }), ({ later }, texts) => {
      const sent = olmGroupEncrypt(partsOf(later), texts)
      expect(send(later, texts)).toEqual(sent.messages)
      expect(sessionSharingKey(later)).toBe(sent.sharing)
    }),
    seeded,
  )
})

test('a new session of libolm is read, and exported at any index as libolm does', () => {
  fc.assert(
    fc.property(plaintext, index, (text, later) => {
      const { sharing, message } = olmOutboundSession(text)
      const inbound = parseSessionSharing(sharing)
      expect(fromUtf8(decrypt(inbound, message).plaintext)).toBe(text)
      expect(exportAt(inbound, later)).toBe(olmExportAt(sharing, later))
    }),
    seeded,
  )
})

describe.each([2 ** 8, 2 ** 16, 2 ** 24, 2 ** 31])(
  'messages on both sides of index %d',
  (boundary) => {
    const start = fc.sample(session, { seed: seeded.seed, numRuns: 1 }).map(({ first }) => first)
    const texts = Array.from({ length: 6 }, (_, i) => `message ${i}`)

    test.each(start)('are the same of both, and read by both in any order', (first) => {
      const outbound = at({ ...first, index: 0 }, boundary - 3)
      const { sharing, messages } = olmGroupEncrypt(partsOf(outbound), texts)
      expect(send(outbound, texts)).toEqual(messages)
      const reversed = messages.toReversed()
      const inbound = parseSessionSharing(sharing)
      const ours = reversed.map((message) => {
        const one = decrypt(inbound, message)
        return { index: one.index, plaintext: fromUtf8(one.plaintext) }
      })
      expect(ours).toEqual(olmGroupDecryptShared(sharing, reversed))
      expect(ours.map((one) => one.plaintext)).toEqual(texts.toReversed())
    })
  },
)

describe('a payload that no encoder writes', () => {
  const seed = new Uint8Array(32).fill(9)
  const outbound: OutboundSession = {
    index: 0,
    ratchet: new SecretBytes(new Uint8Array(128).fill(5)),
    publicKey: ed25519PublicKey(seed),
    seed: new SecretBytes(seed),
  }

  /** A message whose payload is made of the ciphertext for index 1, well signed. */
  function messageOf(payload: (ciphertext: Bytes) => readonly number[]): string {
    const { ratchet } = advanceTo(outbound, 1)
    const keys = hkdfSha256(ratchet.expose(), { info: utf8('MEGOLM_KEYS'), length: 80 })
    const aes = { key: keys.subarray(0, 32), iv: keys.subarray(64) }
    const authenticated = Uint8Array.of(3, ...payload(aesCbcEncrypt(aes, utf8('message'))))
    const mac = hmacSha256(keys.subarray(32, 64), authenticated).subarray(0, 8)
    const signed = concatBytes(authenticated, mac)
    return encodeBase64(concatBytes(signed, ed25519Sign(seed, signed)))
  }

  test.each<readonly [string, (ciphertext: Bytes) => readonly number[]]>([
    ['as usual', (x) => [0x08, 1, 0x12, 16, ...x]],
    ['the other way round', (x) => [0x12, 16, ...x, 0x08, 1]],
    ['with the index twice', (x) => [0x08, 9, 0x08, 1, 0x12, 16, ...x]],
    ['with the ciphertext twice', (x) => [0x08, 1, 0x12, 2, 7, 7, 0x12, 16, ...x]],
    ['with a long index', (x) => [0x08, 0x81, 0x80, 0x00, 0x12, 16, ...x]],
    ['with an unknown number', (x) => [0x18, 0xff, 0x01, 0x08, 1, 0x12, 16, ...x]],
    ['with an unknown byte string', (x) => [0x08, 1, 0x1a, 2, 8, 8, 0x12, 16, ...x]],
  ])('%s is read as libolm reads it', (_, payload) => {
    const message = messageOf(payload)
    const sharing = sessionSharingKey(outbound)
    expect(olmGroupDecryptShared(sharing, [message])).toEqual([{ index: 1, plaintext: 'message' }])
    const { index: messageIndex, plaintext: text } = decrypt(outbound, message)
    expect({ messageIndex, text: fromUtf8(text) }).toEqual({ messageIndex: 1, text: 'message' })
  })

  test.each<readonly [string, (ciphertext: Bytes) => readonly number[]]>([
    ['without an index', (x) => [0x12, 16, ...x]],
    ['without a ciphertext', () => [0x08, 1]],
    ['cut off', (x) => [0x08, 1, 0x12, 17, ...x]],
  ])('%s is refused, as libolm refuses it', (_, payload) => {
    const message = messageOf(payload)
    expect(() => olmGroupDecryptShared(sessionSharingKey(outbound), [message])).toThrow(
      'BAD_MESSAGE_FORMAT',
    )
    expect(() => decrypt(outbound, message)).toThrow(
      expect.objectContaining({ code: 'bad_message' }),
    )
  })
})

test('a session of libolm at any index, exported, decrypts what comes after', () => {
  fc.assert(
    fc.property(session, plaintext, ({ first, later }, text) => {
      const { sharing } = olmGroupEncrypt(partsOf(first), [])
      const { messages } = olmGroupEncrypt(partsOf(later), [text])
      const inbound = parseSessionExport(olmExportAt(sharing, first.index))
      const texts = messages.map((message) => fromUtf8(decrypt(inbound, message).plaintext))
      expect(texts).toEqual([text])
    }),
    seeded,
  )
})
