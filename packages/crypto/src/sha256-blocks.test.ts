import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { toHex } from '../test/vectors.ts'
import { type Bytes, concatBytes, utf8 } from './bytes.ts'
import { hkdfSha256 } from './hkdf.ts'
import { hmacSha256, incrementalHmacSha256 } from './hmac.ts'
import { beginSha256 } from './running-sha256.ts'
import {
  BLOCK_LENGTH,
  DIGEST_LENGTH,
  INITIAL_STATE,
  takeBlock,
  takeMessage,
  writeState,
} from './sha256-blocks.ts'

function digestOf(message: Uint8Array): Bytes {
  const [state, digest] = [INITIAL_STATE.slice(), new Uint8Array(DIGEST_LENGTH)]
  takeMessage(state, message)
  writeState(state, digest, 0)
  return digest
}

function opensslDigest(message: Uint8Array): Bytes {
  return Uint8Array.from(createHash('sha256').update(message).digest())
}

describe('FIPS 180-4, and the examples of NIST', () => {
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    [
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
      'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('%.40s', (message, expected) => {
    expect(toHex(digestOf(utf8(message)))).toBe(expected)
  })
})

test('every length up to five blocks, of ones and of zeros', () => {
  for (let length = 0; length <= 5 * BLOCK_LENGTH; length++)
    for (const byte of [0, 0xff]) {
      const message = new Uint8Array(length).fill(byte)
      expect(digestOf(message)).toEqual(opensslDigest(message))
    }
})

test('any message has the digest that OpenSSL and noble give it, and is left as it was', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), (message) => {
      const before = Uint8Array.from(message)
      const digest = digestOf(message)
      expect(digest).toEqual(opensslDigest(message))
      expect(digest).toEqual(Uint8Array.from(nobleSha256(message)))
      expect(Uint8Array.from(message)).toEqual(before)
    }),
    { numRuns: 2000 },
  )
})

test('a prefix that is in the state counts for the length', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4 }),
      fc.uint8Array({ maxLength: 200 }),
      (blocks, rest) => {
        const prefix = new Uint8Array(blocks * BLOCK_LENGTH).fill(0x5a)
        const [state, digest] = [INITIAL_STATE.slice(), new Uint8Array(DIGEST_LENGTH)]
        for (let at = 0; at < prefix.length; at += BLOCK_LENGTH) takeBlock(state, prefix, at)
        takeMessage(state, rest, prefix.length)
        writeState(state, digest, 0)
        expect(digest).toEqual(opensslDigest(concatBytes(prefix, rest)))
      },
    ),
  )
})

test('a length past 2^32 bits goes into both words', () => {
  // As if these many bytes had come: the states differ from OpenSSL's by nothing but the length.
  const prefixLength = 2 ** 32 + BLOCK_LENGTH
  const padding = new Uint8Array(BLOCK_LENGTH).with(0, 0x80)
  new DataView(padding.buffer).setBigUint64(56, BigInt(prefixLength) * 8n)
  const [padded, expected] = [INITIAL_STATE.slice(), INITIAL_STATE.slice()]
  takeBlock(expected, padding, 0)
  takeMessage(padded, new Uint8Array(), prefixLength)
  expect(padded).toEqual(expected)
})

test('pieces of any lengths, with a digest after each', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 })
  fc.assert(
    fc.property(pieces, (parts) => {
      const running = beginSha256()
      parts.forEach((part, index) => {
        running.update(part)
        expect(running.digest()).toEqual(opensslDigest(concatBytes(...parts.slice(0, index + 1))))
      })
      expect(running.digest()).toEqual(opensslDigest(concatBytes(...parts)))
    }),
  )
})

test('views into larger buffers are read alone', () => {
  const buffer = new Uint8Array(300).map((_, i) => i)
  for (let from = 0; from < 70; from++) {
    const view = buffer.subarray(from, from + 130)
    expect(digestOf(view)).toEqual(opensslDigest(view))
    const running = beginSha256()
    running.update(view)
    expect(running.digest()).toEqual(opensslDigest(view))
  }
})

describe('HMAC and HKDF made of it', () => {
  const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })

  test.each([0, 1, 31, 32, 55, 56, 63, 64, 65, 119, 120, 128, 129])(
    'keys and messages of %i bytes',
    (length) => {
      for (const other of [0, 1, 32, 55, 56, 63, 64, 65, 200]) {
        const [key, message] = [new Uint8Array(length).fill(7), new Uint8Array(other).fill(9)]
        const expected = createHmac('sha256', key).update(message).digest('hex')
        expect(toHex(hmacSha256(key, message))).toBe(expected)
        expect(toHex(hmac(nobleSha256, key, message))).toBe(expected)
        const running = incrementalHmacSha256(key)
        running.update(message)
        expect(toHex(running.tag())).toBe(expected)
      }
    },
  )

  test('any input, of any length, as OpenSSL and noble', () => {
    const length = fc.integer({ min: 1, max: 300 })
    const parameters = fc.record({ salt: bytes(150), info: bytes(150), length })
    fc.assert(
      fc.property(bytes(150), parameters, (secret, { salt, info, length }) => {
        const derived = toHex(hkdfSha256(secret, { salt, info, length }))
        const theirs = Buffer.from(hkdfSync('sha256', secret, salt, info, length))
        expect(derived).toBe(theirs.toString('hex'))
        expect(derived).toBe(toHex(hkdf(nobleSha256, secret, salt, info, length)))
      }),
    )
  })

  test('one call leaves nothing behind for the next', () => {
    const secret = new Uint8Array(32).fill(3)
    const first = hkdfSha256(secret, { length: 80 })
    hkdfSha256(new Uint8Array(200).fill(255), { salt: new Uint8Array(99), length: 300 })
    expect(hkdfSha256(secret, { length: 80 })).toEqual(first)
    expect(first.buffer.byteLength).toBe(80)
  })
})
