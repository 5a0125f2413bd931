/** Signed JSON, by any Ed25519 and base64: the platform's or plain TypeScript. */
import type * as base64 from './base64.ts'
import type { Bytes } from './bytes.ts'
import type * as ed25519 from './ed25519.ts'
import { CryptoError } from './errors.ts'
import { type RawObject, signableBytes } from './signable-json.ts'

/** What signing and checking is made of. */
export interface SigningPrimitives
  extends
    Pick<typeof base64, 'decodeBase64' | 'encodeBase64'>,
    Pick<typeof ed25519, 'ed25519Sign' | 'ed25519Verify'> {}

/** Who signed: a user id, and a key id such as `ed25519:DEVICE`. */
export interface Signer {
  readonly userId: string
  readonly keyId: string
}

/** What is known of one signature on an object. */
export type SignatureState = 'missing' | 'invalid' | 'valid'

/** A map of signatures, or an empty one where there is none. */
function mapIn(value: unknown): RawObject {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {}
}

/** An own property of a map, if it is one: key names come from others. */
function own(map: unknown, key: string): unknown {
  const members = mapIn(map)
  return Object.hasOwn(members, key) ? members[key] : undefined
}

/** Signing and checking objects. */
export interface JsonSigning {
  /**
   * Signs an object with an Ed25519 seed.
   *
   * @returns a copy with the signature added; other signatures and all other keys stay
   * @throws CryptoError `not_canonical_json`
   */
  readonly signJson: <T extends RawObject>(object: T, signer: Signer, seed: Uint8Array) => T
  /**
   * Checks one signature of an object.
   *
   * @param publicKey - the signer's Ed25519 public key, 32 bytes, from a source the caller trusts
   * @throws CryptoError `not_canonical_json` when the object cannot have been signed at all
   */
  readonly verifyJson: (object: RawObject, signer: Signer, publicKey: Uint8Array) => SignatureState
}

function readOrNull(read: () => Bytes): Bytes | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

/** Signing and checking by these primitives. */
export function jsonSigningBy({
  decodeBase64,
  encodeBase64,
  ed25519Sign,
  ed25519Verify,
}: SigningPrimitives): JsonSigning {
  return {
    signJson: (object, { userId, keyId }, seed) => {
      const signature = encodeBase64(ed25519Sign(seed, signableBytes(object)))
      const all = mapIn(object['signatures'])
      const byUser = { ...mapIn(own(all, userId)), [keyId]: signature }
      return { ...object, signatures: { ...all, [userId]: byUser } }
    },
    verifyJson: (object, { userId, keyId }, publicKey) => {
      const text = own(own(own(object, 'signatures'), userId), keyId)
      if (text === undefined) return 'missing'
      const signature = typeof text === 'string' ? readOrNull(() => decodeBase64(text)) : null
      if (signature === null) return 'invalid'
      const message = signableBytes(object)
      return ed25519Verify({ publicKey, message, signature }) ? 'valid' : 'invalid'
    },
  }
}
