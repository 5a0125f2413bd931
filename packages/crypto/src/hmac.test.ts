import fc from 'fast-check'
import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../test/vectors.ts'
import { concatBytes, utf8 } from './bytes.ts'
import { hmacSha256, incrementalHmacSha256 } from './hmac.ts'

const longKey = 'aa'.repeat(131)

describe('RFC 4231', () => {
  test.each([
    {
      name: '4.2',
      key: '0b'.repeat(20),
      message: utf8('Hi There'),
      mac: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    },
    {
      name: '4.3',
      key: '4a656665',
      message: utf8('what do ya want for nothing?'),
      mac: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    },
    {
      name: '4.4',
      key: 'aa'.repeat(20),
      message: fromHex('dd'.repeat(50)),
      mac: '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    },
    {
      name: '4.5',
      key: '0102030405060708090a0b0c0d0e0f10111213141516171819',
      message: fromHex('cd'.repeat(50)),
      mac: '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
    },
    {
      name: '4.6, of which the RFC gives the first half',
      key: '0c'.repeat(20),
      message: utf8('Test With Truncation'),
      mac: 'a3b6167473100ee06e0c796c2955552b',
    },
    {
      name: '4.7',
      key: longKey,
      message: utf8('Test Using Larger Than Block-Size Key - Hash Key First'),
      mac: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    },
    {
      name: '4.8',
      key: longKey,
      message: utf8(
        'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
      ),
      mac: '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    },
  ])('$name', ({ key, message, mac }) => {
    const whole = hmacSha256(fromHex(key), message)
    expect(whole).toHaveLength(32)
    expect(toHex(whole.slice(0, mac.length / 2))).toBe(mac)
  })
})

test('any key and message give the MAC of the platform', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 150 }),
      fc.uint8Array({ maxLength: 300 }),
      (key, message) => {
        const theirs = createHmac('sha256', key).update(message).digest('hex')
        expect(toHex(hmacSha256(key, message))).toBe(theirs)
      },
    ),
  )
})

test('a MAC over pieces equals the MAC over the whole, at every point', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 130 }), pieces, (key, parts) => {
      const mac = incrementalHmacSha256(key)
      parts.forEach((part, index) => {
        mac.update(part)
        const soFar = concatBytes(...parts.slice(0, index + 1))
        expect(mac.tag()).toEqual(hmacSha256(key, soFar))
      })
      expect(mac.tag()).toEqual(hmacSha256(key, concatBytes(...parts)))
    }),
  )
})
