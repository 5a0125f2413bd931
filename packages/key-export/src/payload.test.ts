import { type Bytes, utf8 } from '@roomkeys/crypto/bytes'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { CHEAP_HEADER, PASSPHRASE, sealedPayload } from '../test/sealed.ts'
import { derivePayloadKeys, openPayload, parsePayload, sealPayload } from './payload.ts'

const bytes = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((generated) => Uint8Array.from(generated))

const keys = { aesKey: new Uint8Array(32).fill(1), macKey: new Uint8Array(32).fill(2) }

function changed(payload: Bytes, position: number): Bytes {
  const copy = Uint8Array.from(payload)
  copy[position] = (copy[position] ?? 0) ^ 0x80
  return copy
}

test('what was sealed is parsed and opened', () => {
  const header = fc.record({
    salt: bytes(16),
    iv: bytes(16),
    rounds: fc.integer({ min: 0, max: 0xffffffff }),
  })
  fc.assert(
    fc.property(header, fc.uint8Array(), (clear, plaintext) => {
      const sealed = sealPayload(plaintext, clear, keys)
      const payload = parsePayload(sealed)
      expect(payload).toMatchObject(clear)
      expect(payload.authenticated).toEqual(sealed.slice(0, -32))
      expect(sealed).toHaveLength(69 + plaintext.length)
      expect(openPayload(payload, keys)).toEqual(Uint8Array.from(plaintext))
    }),
  )
})

test('a payload is parsed wherever it stands in its buffer', async () => {
  const sealed = await sealedPayload(utf8('[]'))
  const buffer = new Uint8Array(sealed.length + 7)
  buffer.set(sealed, 7)
  expect(parsePayload(buffer.subarray(7))).toEqual(parsePayload(sealed))
})

test('every length without room for header and MAC is too short', async () => {
  const sealed = await sealedPayload(utf8('[1, 2, 3]'))
  for (let length = 0; length < 69; length++)
    expect(caught(() => parsePayload(sealed.slice(0, length))).code).toBe('too_short')
  expect(parsePayload(sealed.slice(0, 69)).ciphertext).toHaveLength(0)
})

test('every version but 1 is unsupported', async () => {
  const sealed = await sealedPayload(utf8('[]'))
  for (let version = 0; version < 256; version++) {
    if (version === 1) continue
    sealed[0] = version
    expect(caught(() => parsePayload(sealed)).code).toBe('unsupported_version')
  }
})

describe('a payload that does not open', () => {
  const plaintext = utf8(`[${JSON.stringify({ algorithm: 'm.megolm.v1.aes-sha2' })}]`)

  async function codeWith(position: number): Promise<string> {
    const payload = parsePayload(changed(await sealedPayload(plaintext), position))
    const derived = await derivePayloadKeys(PASSPHRASE, payload)
    return caught(() => openPayload(payload, derived)).code
  }

  test('is damaged where the beginning still decrypts to a JSON array', async () => {
    const { length } = await sealedPayload(plaintext)
    for (const position of [37 + 16, 37 + 30, length - 33, length - 32, length - 1])
      expect(await codeWith(position)).toBe('damaged')
  })

  test('looks like a wrong passphrase where salt, rounds, IV or first bytes are damaged: nothing in the format tells', async () => {
    for (const position of [1, 16, 17, 32, 36, 37])
      expect(await codeWith(position)).toBe('wrong_passphrase')
  })

  test('is of a wrong passphrase with any other', async () => {
    const payload = parsePayload(await sealedPayload(plaintext))
    const others = ['', `${PASSPHRASE} `, PASSPHRASE.toUpperCase(), PASSPHRASE.slice(1), 'ﬁ']
    for (const other of others) {
      const derived = await derivePayloadKeys(other, CHEAP_HEADER)
      const error = caught(() => openPayload(payload, derived))
      expect(error.code).toBe('wrong_passphrase')
      expect(error.retryable).toBe(true)
    }
  })

  test('is of a wrong passphrase where it is empty', async () => {
    const empty = changed(await sealedPayload(new Uint8Array()), 40)
    const derived = await derivePayloadKeys(PASSPHRASE, CHEAP_HEADER)
    expect(caught(() => openPayload(parsePayload(empty), derived)).code).toBe('wrong_passphrase')
  })
})

test('the passphrase counts as its UTF-8 bytes, not normalised', async () => {
  const composed = await derivePayloadKeys('é', CHEAP_HEADER)
  const decomposed = await derivePayloadKeys('e\u0301', CHEAP_HEADER)
  expect(composed.macKey).not.toEqual(decomposed.macKey)
})

test('a file too short to hold a session never claims that the passphrase was right', () => {
  const header = { salt: new Uint8Array(16), iv: new Uint8Array(16), rounds: 1 }
  const payload = parsePayload(sealPayload(utf8('[]'), header, keys))
  fc.assert(
    fc.property(bytes(32), bytes(32), (aesKey, macKey) => {
      const { code } = caught(() => openPayload(payload, { aesKey, macKey }))
      expect(code).toBe('wrong_passphrase')
    }),
  )
  // The same AES key under another MAC key: what was decrypted does begin like an export.
  const sameAes = { aesKey: keys.aesKey, macKey: new Uint8Array(32) }
  expect(caught(() => openPayload(payload, sameAes)).code).toBe('wrong_passphrase')
})
