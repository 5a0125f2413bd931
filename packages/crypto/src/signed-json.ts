/**
 * Signed JSON.
 *
 * The signature covers the canonical JSON of the whole object but `signatures` and `unsigned`, so
 * objects are signed and verified as they came, unknown keys included.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#signing-json
 */
import { decodeBase64, encodeBase64 } from './base64.ts'
import type { Bytes } from './bytes.ts'
import { ed25519Sign, ed25519Verify } from './ed25519.ts'
import { CryptoError } from './errors.ts'
import { type RawObject, signableBytes } from './signable-json.ts'

export { signableBytes } from './signable-json.ts'
export type { RawObject } from './signable-json.ts'

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

/**
 * Signs an object with an Ed25519 seed.
 *
 * @returns a copy with the signature added; other signatures and all other keys stay
 * @throws CryptoError `not_canonical_json`
 */
export function signJson<T extends RawObject>(object: T, signer: Signer, seed: Uint8Array): T {
  const { userId, keyId } = signer
  const signature = encodeBase64(ed25519Sign(seed, signableBytes(object)))
  const all = mapIn(object['signatures'])
  const byUser = { ...mapIn(own(all, userId)), [keyId]: signature }
  return { ...object, signatures: { ...all, [userId]: byUser } }
}

function decodeSignature(text: string): Bytes | null {
  try {
    return decodeBase64(text)
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

/**
 * Checks one signature of an object.
 *
 * @param publicKey - the signer's Ed25519 public key, 32 bytes, from a source the caller trusts
 * @throws CryptoError `not_canonical_json` when the object cannot have been signed at all
 */
export function verifyJson(
  object: RawObject,
  { userId, keyId }: Signer,
  publicKey: Uint8Array,
): SignatureState {
  const text = own(own(own(object, 'signatures'), userId), keyId)
  if (text === undefined) return 'missing'
  const signature = typeof text === 'string' ? decodeSignature(text) : null
  if (signature === null) return 'invalid'
  const message = signableBytes(object)
  return ed25519Verify({ publicKey, message, signature }) ? 'valid' : 'invalid'
}
