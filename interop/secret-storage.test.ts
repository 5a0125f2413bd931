/**
 * Secret storage against the primitives of Node alone: items, key checks and passphrases, written from
 * the specification and sharing no code with ours. Items of matrix-js-sdk are in
 * secret-storage-js-sdk.test.ts.
 */
import {
  checkStorageKey,
  createStorageKeyFromPassphrase,
  decryptSecret,
  describeKey,
  encryptSecret,
  passphraseInfoSchema,
  storageKeyFromPassphrase,
} from '@roomkeys/secret-storage'
import { parseWire } from '@roomkeys/types'
import fc from 'fast-check'
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  pbkdf2Sync,
  randomBytes,
} from 'node:crypto'
import { expect, test } from 'vitest'
import { anyText, bytesOf } from './arbitraries.ts'
import { CASES, seeded } from './seed.ts'

interface Item {
  readonly iv: string
  readonly ciphertext: string
  readonly mac: string
}

/** HKDF-SHA-256, a salt of 32 zero bytes, the name as info: 32 bytes for AES, 32 for the MAC. */
function oracleKeys(key: Uint8Array, name: string): readonly [Buffer, Buffer] {
  const bytes = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(32), name, 64))
  return [bytes.subarray(0, 32), bytes.subarray(32)]
}

function oracleEncrypt(key: Uint8Array, name: string, plaintext: Uint8Array): Item {
  const [aes, hmac] = oracleKeys(key, name)
  const iv = randomBytes(16)
  iv.writeUInt8(iv.readUInt8(8) & 0x7f, 8)
  const cipher = createCipheriv('aes-256-ctr', aes, iv)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const mac = createHmac('sha256', hmac).update(ciphertext).digest('base64')
  return { iv: iv.toString('base64'), ciphertext: ciphertext.toString('base64'), mac }
}

/** The text, or `null` when the MAC is another one. */
function oracleDecrypt(key: Uint8Array, name: string, item: Item): string | null {
  const [aes, hmac] = oracleKeys(key, name)
  const ciphertext = Buffer.from(item.ciphertext, 'base64')
  if (createHmac('sha256', hmac).update(ciphertext).digest('base64') !== item.mac) return null
  const decipher = createDecipheriv('aes-256-ctr', aes, Buffer.from(item.iv, 'base64'))
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
}

const key = bytesOf(32)
const secret = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 1, arbitrary: fc.nat(40_000).map((length) => 'ü'.repeat(length)) },
)

test('secrets that we encrypt, the oracle decrypts', () => {
  fc.assert(
    fc.property(key, anyText, secret, (key, name, secret) => {
      const item = encryptSecret(key, { name, secret })
      const { iv, ciphertext, mac } = item
      expect(oracleDecrypt(key, name, { iv, ciphertext, mac })).toBe(secret)
      expect(oracleDecrypt(key, `${name} `, { iv, ciphertext, mac })).toBeNull()
      expect(Buffer.from(iv, 'base64').readUInt8(8) & 0x80).toBe(0)
    }),
    seeded,
  )
})

test('secrets that the oracle encrypts, we decrypt', () => {
  fc.assert(
    fc.property(key, anyText, secret, (key, name, secret) => {
      const item = oracleEncrypt(key, name, Buffer.from(secret, 'utf8'))
      expect(decryptSecret(key, name, item)).toBe(secret)
      const bare = (text: string): string => text.replace(/=+$/, '')
      const { iv, ciphertext, mac } = item
      const unpadded = { iv: bare(iv), ciphertext: bare(ciphertext), mac: bare(mac) }
      expect(decryptSecret(key, name, unpadded)).toBe(secret)
    }),
    seeded,
  )
})

test('with one iv, both write the same', () => {
  fc.assert(
    fc.property(key, anyText, secret, (key, name, secret) => {
      const item = oracleEncrypt(key, name, Buffer.from(secret, 'utf8'))
      const random = () => Uint8Array.from(Buffer.from(item.iv, 'base64'))
      expect(encryptSecret(key, { name, secret }, { random })).toEqual(item)
    }),
    seeded,
  )
})

test('key checks, each way', () => {
  fc.assert(
    fc.property(key, key, (key, other) => {
      const { algorithm, iv = '', mac } = describeKey(key)
      const [aes, hmac] = oracleKeys(key, '')
      const cipher = createCipheriv('aes-256-ctr', aes, Buffer.from(iv, 'base64'))
      const zeros = cipher.update(Buffer.alloc(32))
      expect(createHmac('sha256', hmac).update(zeros).digest('base64')).toBe(mac)
      const theirs = { algorithm, ...oracleEncrypt(key, '', Buffer.alloc(32)) }
      expect(checkStorageKey(key, theirs)).toBe('match')
      expect(checkStorageKey(other, theirs)).toBe('mismatch')
    }),
    seeded,
  )
})

test(`keys from ${CASES} passphrases, each way`, async () => {
  await fc.assert(
    fc.asyncProperty(
      anyText,
      anyText,
      fc.integer({ min: 1, max: 40 }),
      async (text, salt, rounds) => {
        const passphrase = { algorithm: 'm.pbkdf2', salt, iterations: rounds, bits: 256 }
        const ours = await storageKeyFromPassphrase(text, { algorithm: 'any', passphrase })
        const theirs = pbkdf2Sync(text, salt, rounds, 32, 'sha512')
        expect(Buffer.from(ours.expose())).toEqual(theirs)
        const made = await createStorageKeyFromPassphrase(text, { rounds })
        const info = parseWire(passphraseInfoSchema, made.description['passphrase'], 'passphrase')
        expect(info).toMatchObject({ algorithm: 'm.pbkdf2', iterations: rounds, bits: 256 })
        expect(Buffer.from(made.key.expose())).toEqual(
          pbkdf2Sync(text, info.salt, rounds, 32, 'sha512'),
        )
      },
    ),
    seeded,
  )
})
