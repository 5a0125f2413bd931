/** Secrets between us and matrix-js-sdk, both ways. */
import { decryptSecret, encryptSecret, SecretStorageError } from '@roomkeys/secret-storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyText, bytesOf } from './arbitraries.ts'
import { decryptByJsSdk, encryptByJsSdk } from './peers/js-sdk.ts'
import { seeded } from './seed.ts'

const key = bytesOf(32)
const secret = fc.string({ unit: 'binary', maxLength: 200 })

test('secrets that we encrypt, matrix-js-sdk decrypts, under their own name alone', async () => {
  await fc.assert(
    fc.asyncProperty(key, anyText, secret, async (key, name, secret) => {
      const { iv, ciphertext, mac } = encryptSecret(key, { name, secret })
      expect(await decryptByJsSdk(key, name, { iv, ciphertext, mac })).toBe(secret)
      const elsewhere = decryptByJsSdk(key, `${name} `, { iv, ciphertext, mac })
      await expect(elsewhere).rejects.toThrow(/bad MAC/i)
    }),
    seeded,
  )
})

test('secrets that matrix-js-sdk encrypts, we decrypt, under their own name alone', async () => {
  await fc.assert(
    fc.asyncProperty(key, anyText, secret, async (key, name, secret) => {
      const item = await encryptByJsSdk(key, { name, secret })
      expect(decryptSecret(key, name, item)).toBe(secret)
      expect(() => decryptSecret(key, `${name} `, item)).toThrow(SecretStorageError)
    }),
    seeded,
  )
})
