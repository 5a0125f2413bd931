/** Keys of X25519 and Ed25519 as OpenSSL holds them. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { assertBytes, type Bytes } from './bytes.ts'
import { type OkpCurve, toPkcs8 } from './pkcs8.ts'
import { X25519_KEY_LENGTH } from './providers.ts'

/** SubjectPublicKeyInfo (RFC 8410) of X25519 but for the key: twelve bytes, so that base64 joins. */
const SPKI_PREFIX = 'MCowBQYDK2VuAyEA'

function asBuffer(publicKey: Uint8Array): Buffer {
  const { buffer, byteOffset } = assertBytes(publicKey, X25519_KEY_LENGTH, 'publicKey')
  return Buffer.from(buffer, byteOffset, X25519_KEY_LENGTH)
}

/** A private key of 32 bytes. */
export function importPrivateKey(curve: OkpCurve, privateKey: Uint8Array): KeyObject {
  const pkcs8 = toPkcs8(curve, privateKey)
  const key = createPrivateKey({ key: Buffer.from(pkcs8.buffer), format: 'der', type: 'pkcs8' })
  pkcs8.fill(0)
  return key
}

/** A public key of 32 bytes, as JWK. */
export function publicKeyFromJwk(curve: OkpCurve, publicKey: Uint8Array): KeyObject {
  const x = asBuffer(publicKey).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: curve, x }, format: 'jwk' })
}

/** The PEM text of a public key of X25519. */
export function toPem(publicKey: Uint8Array): string {
  const x = asBuffer(publicKey).toString('base64')
  return `-----BEGIN PUBLIC KEY-----\n${SPKI_PREFIX}${x}\n-----END PUBLIC KEY-----\n`
}

/** A public key of X25519, as PEM. */
export function publicKeyFromPem(publicKey: Uint8Array): KeyObject {
  return createPublicKey(toPem(publicKey))
}

/** The 32 bytes of a public key; as JWK, because OpenSSL 3 writes DER twenty times as slowly. */
export function exportPublicKey(publicKey: KeyObject): Bytes {
  const { x = '' } = publicKey.export({ format: 'jwk' })
  return Uint8Array.from(Buffer.from(x, 'base64url'))
}
