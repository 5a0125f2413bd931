import fc from 'fast-check'
import { hkdfSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../test/vectors.ts'
import { hkdfSha256 } from './hkdf.ts'

describe('RFC 5869, appendix A', () => {
  test.each([
    {
      name: 'A.1',
      secret: '0b'.repeat(22),
      salt: '000102030405060708090a0b0c',
      info: 'f0f1f2f3f4f5f6f7f8f9',
      okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    },
    {
      name: 'A.2',
      secret: Buffer.from(Array.from({ length: 80 }, (_, i) => i)).toString('hex'),
      salt: Buffer.from(Array.from({ length: 80 }, (_, i) => 0x60 + i)).toString('hex'),
      info: Buffer.from(Array.from({ length: 80 }, (_, i) => 0xb0 + i)).toString('hex'),
      okm: 'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    },
    {
      name: 'A.3',
      secret: '0b'.repeat(22),
      salt: '',
      info: '',
      okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    },
  ])('$name', ({ secret, salt, info, okm }) => {
    const derived = hkdfSha256(fromHex(secret), {
      salt: fromHex(salt),
      info: fromHex(info),
      length: okm.length / 2,
    })
    expect(toHex(derived)).toBe(okm)
  })
})

test('no salt is 32 zero bytes, and no info is empty', () => {
  const secret = new Uint8Array(32).fill(1)
  const whole = { salt: new Uint8Array(32), info: new Uint8Array(), length: 80 }
  expect(hkdfSha256(secret, { length: 80 })).toEqual(hkdfSha256(secret, whole))
})

test('any input derives as on the platform', () => {
  const bytes = fc.uint8Array({ maxLength: 100 })
  fc.assert(
    fc.property(bytes, bytes, bytes, (secret, salt, info) => {
      const theirs = hkdfSync('sha256', secret, salt, info, 80)
      expect(toHex(hkdfSha256(secret, { salt, info, length: 80 }))).toBe(
        toHex(new Uint8Array(theirs)),
      )
    }),
  )
})

test('more than 255 blocks cannot be derived', () => {
  expect(hkdfSha256(new Uint8Array(32), { length: 255 * 32 })).toHaveLength(255 * 32)
  expect(() => hkdfSha256(new Uint8Array(32), { length: 255 * 32 + 1 })).toThrow(Error)
})
