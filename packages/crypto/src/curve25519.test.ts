import { x25519 as nobleX25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { x25519 } from './curve25519.ts'

const key = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('computes what the whole instance of the library computes', () => {
  fc.assert(
    fc.property(key, key, (privateKey, peer) => {
      const publicKey = nobleX25519.getPublicKey(peer)
      expect(x25519.getPublicKey(privateKey)).toEqual(nobleX25519.getPublicKey(privateKey))
      expect(x25519.getSharedSecret(privateKey, publicKey)).toEqual(
        nobleX25519.getSharedSecret(privateKey, publicKey),
      )
    }),
    { numRuns: 50 },
  )
})

test('leaves the private key as it was', () => {
  const privateKey = new Uint8Array(32).fill(255)
  x25519.getPublicKey(privateKey)
  expect(privateKey).toEqual(new Uint8Array(32).fill(255))
})
