/** An X25519 private key in the wrapping that platforms import (RFC 8410). */
import { assertBytes, type Bytes, concatBytes } from './bytes.ts'

const PREFIX = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 110, 4, 34, 4, 32)

/** PKCS#8 of a private key of 32 bytes; overwrite it when it is imported. */
export function toPkcs8(privateKey: Uint8Array): Bytes {
  return concatBytes(PREFIX, assertBytes(privateKey, 32, 'privateKey'))
}
