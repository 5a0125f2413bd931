/** Private keys in the wrapping that platforms import (RFC 8410). */
import { assertBytes, type Bytes, concatBytes } from './bytes.ts'

/** A curve of RFC 8410. */
export type OkpCurve = 'X25519' | 'Ed25519'

/** Object identifiers differ in their last byte. */
const CURVE_BYTE: Readonly<Record<OkpCurve, number>> = { X25519: 110, Ed25519: 112 }

/** PKCS#8 of a private key of 32 bytes; overwrite it when it is imported. */
export function toPkcs8(curve: OkpCurve, privateKey: Uint8Array): Bytes {
  const prefix = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, CURVE_BYTE[curve], 4, 34, 4, 32]
  return concatBytes(Uint8Array.from(prefix), assertBytes(privateKey, 32, 'privateKey'))
}
