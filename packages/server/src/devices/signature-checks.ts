/** Whether the signatures of an uploaded object hold. */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { CryptoError } from '@roomkeys/crypto/bytes'
import { verifyJson } from '@roomkeys/crypto/signed-json'
import { ownMember, signaturesOf, signedText, type SignedObject } from './key-objects.ts'
import type { Target } from './signature-targets.ts'

/** Why an object was not taken. */
export interface SignatureFailure {
  readonly errcode: 'M_INVALID_PARAM' | 'M_INVALID_SIGNATURE' | 'M_NOT_FOUND'
  readonly error: string
}

/** Key ids with signatures that hold, or a failure. */
export type Checked = ReadonlyMap<string, string> | SignatureFailure

/** Tells the two outcomes apart. */
export function isFailure(checked: Checked): checked is SignatureFailure {
  return 'errcode' in checked
}

function decodeKey(publicKey: string): Uint8Array | null {
  try {
    return decodeBase64(publicKey)
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

function holds(
  object: SignedObject,
  signer: { readonly userId: string; readonly keyId: string },
  publicKey: string,
): boolean {
  const key = decodeKey(publicKey)
  return key !== null && verifyJson(object, signer, key) === 'valid'
}

const OTHER_OBJECT: SignatureFailure = {
  errcode: 'M_INVALID_PARAM',
  error: 'The object is not the stored one',
}

const NO_SIGNATURE: SignatureFailure = {
  errcode: 'M_INVALID_SIGNATURE',
  error: 'There is no signature by a key that may sign this',
}

const INVALID: SignatureFailure = {
  errcode: 'M_INVALID_SIGNATURE',
  error: 'A signature does not hold',
}

/**
 * Checks the signatures of the signer on an object, by the keys that may sign it. Signatures that the
 * object was stored with are passed over.
 */
export function verifiedSignatures(
  object: SignedObject,
  { stored, signingKeys }: Target,
  signerId: string,
): Checked {
  const text = signedText(object)
  if (text === null || text !== signedText(stored)) return OTHER_OBJECT
  const known = ownMember(signaturesOf(stored), signerId) ?? {}
  const made = Object.entries(ownMember(signaturesOf(object), signerId) ?? {})
  const fresh = made.filter(([keyId, signature]) => ownMember(known, keyId) !== signature)
  const allowed = fresh.filter(([keyId]) => signingKeys.has(keyId))
  if (made.length === 0 || (fresh.length > 0 && allowed.length === 0)) return NO_SIGNATURE
  const all = allowed.every(([keyId]) =>
    holds(object, { userId: signerId, keyId }, signingKeys.get(keyId) ?? ''),
  )
  return all ? new Map(allowed) : INVALID
}
