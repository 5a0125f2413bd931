import { SecretBytes } from '@roomkeys/crypto/secret'
import fc from 'fast-check'
import type { MegolmSession } from '../src/session.ts'

const bytes = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((generated) => Uint8Array.from(generated))

/** Sessions at any index; their public keys need not be curve points. */
export const arbitrarySession: fc.Arbitrary<MegolmSession> = fc.record({
  index: fc.integer({ min: 0, max: 0xffffffff }),
  ratchet: bytes(128).map((ratchet) => new SecretBytes(ratchet)),
  publicKey: bytes(32),
})

/** Seeds of Ed25519 keys. */
export const arbitrarySeed: fc.Arbitrary<Uint8Array> = bytes(32)
