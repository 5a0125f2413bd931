import fc from 'fast-check'
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { caught, refusal } from '../test/caught.ts'
import { fromHex, toHex } from '../test/vectors.ts'
import { aesCbcDecrypt, aesCbcEncrypt, aesCtr } from './aes.ts'

/** NIST SP 800-38A, appendix F: the AES-256 examples share key and plaintext. */
const key = fromHex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4')
const plaintext = fromHex(
  `6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
   30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710`,
)

describe('NIST SP 800-38A', () => {
  test('F.2.5 and F.2.6, CBC-AES256', () => {
    const iv = fromHex('000102030405060708090a0b0c0d0e0f')
    const ciphertext = fromHex(
      `f58c4c04d6e5f1ba779eabfb5f7bfbd6 9cfc4e967edb808d679f777bc6702c7d
       39f23369a9d9bacfa530e26304231461 b2eb05e2c39be9fcda6c19078c6a9d1b`,
    )
    const encrypted = aesCbcEncrypt({ key, iv }, plaintext)
    expect(toHex(encrypted.subarray(0, 64))).toBe(toHex(ciphertext))
    expect(encrypted).toHaveLength(80)
    expect(toHex(aesCbcDecrypt({ key, iv }, encrypted))).toBe(toHex(plaintext))
  })

  test('F.5.5 and F.5.6, CTR-AES256', () => {
    const iv = fromHex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff')
    const ciphertext = fromHex(
      `601ec313775789a5b7a7f504bbf3d228 f443e3ca4d62b59aca84e990cacaf5c5
       2b0930daa23de94ce87017ba2d84988d dfc9c58db67aada613c2dd08457941a6`,
    )
    expect(toHex(aesCtr({ key, iv }, plaintext))).toBe(toHex(ciphertext))
    expect(toHex(aesCtr({ key, iv }, ciphertext))).toBe(toHex(plaintext))
  })
})

const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 })
const anyIv = fc.uint8Array({ minLength: 16, maxLength: 16 })
const anyData = fc.uint8Array({ maxLength: 200 })

function nodeCtr(parameters: { key: Uint8Array; iv: Uint8Array }, data: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-ctr', parameters.key, parameters.iv)
  return Buffer.concat([cipher.update(data), cipher.final()])
}

describe('the platform', () => {
  test('encrypts CBC to the same, and each decrypts the other', () => {
    fc.assert(
      fc.property(anyKey, anyIv, anyData, (k, iv, data) => {
        const cipher = createCipheriv('aes-256-cbc', k, iv)
        const theirs = Buffer.concat([cipher.update(data), cipher.final()])
        const ours = aesCbcEncrypt({ key: k, iv }, data)
        expect(toHex(ours)).toBe(toHex(theirs))
        expect(toHex(aesCbcDecrypt({ key: k, iv }, theirs))).toBe(toHex(data))
      }),
    )
  })

  test('encrypts CTR to the same', () => {
    fc.assert(
      fc.property(anyKey, anyIv, anyData, (k, iv, data) => {
        expect(toHex(aesCtr({ key: k, iv }, data))).toBe(toHex(nodeCtr({ key: k, iv }, data)))
        expect(toHex(aesCtr({ key: k, iv }, aesCtr({ key: k, iv }, data)))).toBe(toHex(data))
      }),
    )
  })

  test.each([
    'ffffffffffffffffffffffffffffffff',
    'fffffffffffffffffffffffffffffffe',
    '0000000000000000ffffffffffffffff',
    '000000000000000000000000ffffffff',
    '00000000000000000000000000ffffff',
    '7fffffffffffffffffffffffffffffff',
  ])('carries the counter %s as we do', (counter) => {
    const parameters = { key, iv: fromHex(counter) }
    const data = new Uint8Array(16 * 5 + 3)
    expect(toHex(aesCtr(parameters, data))).toBe(toHex(nodeCtr(parameters, data)))
  })

  test('refuses a wrong padding where we do', () => {
    fc.assert(
      fc.property(anyKey, anyIv, fc.uint8Array({ minLength: 32, maxLength: 32 }), (k, iv, data) => {
        const decipher = createDecipheriv('aes-256-cbc', k, iv)
        const theirs = refusalOfNode(() => Buffer.concat([decipher.update(data), decipher.final()]))
        expect(refusal(() => aesCbcDecrypt({ key: k, iv }, data)) !== null).toBe(theirs)
      }),
      { numRuns: 1000 },
    )
  })
})

function refusalOfNode(run: () => unknown): boolean {
  try {
    run()
    return false
  } catch {
    return true
  }
}

describe('CBC padding', () => {
  const parameters = { key, iv: new Uint8Array(16) }

  /** Ciphertext of one block that ends as given, without padding of its own. */
  function blockEnding(...end: readonly number[]): Uint8Array {
    const block = new Uint8Array(16)
    block.set(end, 16 - end.length)
    const cipher = createCipheriv('aes-256-cbc', key, parameters.iv).setAutoPadding(false)
    return Buffer.concat([cipher.update(block), cipher.final()])
  }

  test('of whole blocks is a block more', () => {
    expect(aesCbcEncrypt(parameters, new Uint8Array())).toHaveLength(16)
    expect(aesCbcEncrypt(parameters, new Uint8Array(15))).toHaveLength(16)
    expect(aesCbcEncrypt(parameters, new Uint8Array(16))).toHaveLength(32)
    expect(aesCbcDecrypt(parameters, aesCbcEncrypt(parameters, new Uint8Array()))).toHaveLength(0)
  })

  test.each([0, 1, 15, 17, 31])('of %i bytes of ciphertext is no padding', (length) => {
    expect(refusal(() => aesCbcDecrypt(parameters, new Uint8Array(length)))).toBe('bad_padding')
  })

  test.each([[[0]], [[17]], [[255]], [[1, 2]], [[3, 2, 3]], [[4, 4, 4, 5]]])(
    'that ends in %j is refused',
    (end) => {
      const error = caught(() => aesCbcDecrypt(parameters, blockEnding(...end)))
      expect(error.code).toBe('bad_padding')
      expect(error.cause).toBeInstanceOf(Error)
    },
  )

  test.each([
    [[1], 15],
    [[2, 2], 14],
    [Array.from({ length: 16 }, () => 16), 0],
  ])('that ends in %j leaves %i bytes', (end, length) => {
    expect(aesCbcDecrypt(parameters, blockEnding(...end))).toHaveLength(length)
  })
})

describe('lengths that are a mistake of the caller', () => {
  test.each([0, 16, 24, 31, 33])('a key of %i bytes', (length) => {
    const parameters = { key: new Uint8Array(length), iv: new Uint8Array(16) }
    for (const run of [aesCbcEncrypt, aesCbcDecrypt, aesCtr])
      expect(() => run(parameters, new Uint8Array(16))).toThrow(
        new TypeError(`key must be 32 bytes, got ${length}`),
      )
  })

  test.each([0, 8, 12, 15, 17])('an initialisation vector of %i bytes', (length) => {
    const parameters = { key, iv: new Uint8Array(length) }
    for (const run of [aesCbcEncrypt, aesCbcDecrypt, aesCtr])
      expect(() => run(parameters, new Uint8Array(16))).toThrow(
        new TypeError(`iv must be 16 bytes, got ${length}`),
      )
  })
})

test('key, vector and data are left as they were', () => {
  const parameters = { key: Uint8Array.from(key), iv: new Uint8Array(16).fill(0xff) }
  const data = Uint8Array.from(plaintext)
  aesCtr(parameters, data)
  aesCbcDecrypt(parameters, aesCbcEncrypt(parameters, data))
  expect(toHex(parameters.key)).toBe(toHex(key))
  expect(parameters.iv.every((byte) => byte === 0xff)).toBe(true)
  expect(toHex(data)).toBe(toHex(plaintext))
})
