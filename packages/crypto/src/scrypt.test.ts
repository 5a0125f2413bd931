import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../test/vectors.ts'
import { utf8 } from './bytes.ts'
import { scrypt as scryptByOpenSsl } from './scrypt.node.ts'
import { scrypt } from './scrypt.ts'

describe.each([
  ['plain TypeScript', scrypt],
  ['OpenSSL', scryptByOpenSsl],
])('%s', (_name, derive) => {
  // RFC 7914, section 12.
  test.each([
    {
      ...{ password: '', salt: '', cost: 16, blockSize: 1, parallelization: 1 },
      key: '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906',
    },
    {
      ...{ password: 'password', salt: 'NaCl', cost: 1024, blockSize: 8, parallelization: 16 },
      key: 'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    },
    {
      ...{ password: 'pleaseletmein', salt: 'SodiumChloride' },
      ...{ cost: 16384, blockSize: 8, parallelization: 1 },
      key: '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    },
  ])('derives "$password" at cost $cost', async ({ password, salt, key, ...parameters }) => {
    const derived = await derive(password, { ...parameters, salt: utf8(salt), length: 64 })
    expect(toHex(derived)).toBe(key)
  })

  test('takes more than 32 MiB', async () => {
    const parameters = { salt: utf8('salt'), cost: 2 ** 16, blockSize: 8, parallelization: 1 }
    expect(await derive('password', { ...parameters, length: 32 })).toHaveLength(32)
  })
})

test('both derive the same', async () => {
  const someParameters = fc.record({
    salt: fc.uint8Array({ maxLength: 40 }),
    cost: fc.integer({ min: 1, max: 8 }).map((exponent) => 2 ** exponent),
    blockSize: fc.integer({ min: 1, max: 10 }),
    parallelization: fc.integer({ min: 1, max: 4 }),
    length: fc.integer({ min: 1, max: 100 }),
  })
  const somePassword = fc.string({ unit: 'grapheme', maxLength: 80 })
  await fc.assert(
    fc.asyncProperty(somePassword, someParameters, async (password, parameters) => {
      const [ours, theirs] = [scrypt, scryptByOpenSsl].map((it) => it(password, parameters))
      expect(await ours).toEqual(await theirs)
    }),
  )
})
