/** Ed25519 signatures (RFC 8032) by OpenSSL, through `node:crypto`: for Node, Bun and Deno. */
import { createPublicKey, sign, verify } from 'node:crypto'
import type { Bytes } from './bytes.ts'
import { isPoint, isStrong } from './ed25519-point.node.ts'
import { assertSeed, ED25519_KEY_LENGTH, hasLengths, type SignedMessage } from './ed25519-rules.ts'
import { exportPublicKey, importPrivateKey, publicKeyFromJwk } from './okp-keys.node.ts'

export { ED25519_KEY_LENGTH, ED25519_SIGNATURE_LENGTH } from './ed25519-rules.ts'
export type { SignedMessage } from './ed25519-rules.ts'

/** The public key of a 32-byte seed. */
export function ed25519PublicKey(seed: Uint8Array): Bytes {
  return exportPublicKey(createPublicKey(importPrivateKey('Ed25519', assertSeed(seed))))
}

/** Signs with a 32-byte seed; 64 bytes. */
export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Bytes {
  return Uint8Array.from(sign(null, message, importPrivateKey('Ed25519', assertSeed(seed))))
}

/** Whether a signature is valid by the strict rules of RFC 8032; malformed input is not. */
export function ed25519Verify(signed: SignedMessage): boolean {
  const { publicKey, message, signature } = signed
  if (!hasLengths(signed) || !isStrong(publicKey)) return false
  try {
    return verify(null, message, publicKeyFromJwk('Ed25519', publicKey), signature)
  } catch {
    // Runtimes that look at the point when they import it throw for bytes that are none.
    return false
  }
}

/** Whether bytes are a public key: the encoding of a point of the curve, by the strict rules. */
export function isEd25519PublicKey(bytes: Uint8Array): boolean {
  return bytes.length === ED25519_KEY_LENGTH && isPoint(bytes)
}
