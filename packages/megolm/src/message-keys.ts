/**
 * The keys of one message, derived from the ratchet at its index.
 *
 * @see https://gitlab.matrix.org/matrix-org/olm/blob/master/docs/megolm.md#message-encryption
 */
import type { AesParameters } from '@roomkeys/crypto/aes'
import { type Bytes, utf8 } from '@roomkeys/crypto/bytes'
import { hkdfSha256 } from '@roomkeys/crypto/hkdf'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import type { SecretBytes } from '@roomkeys/crypto/secret'
import { MAC_LENGTH } from './message.ts'

const INFO = utf8('MEGOLM_KEYS')

/** The keys of a message. */
export interface MessageKeys {
  readonly aes: AesParameters
  /** 32 bytes. */
  readonly macKey: Bytes
}

/** Derives the keys for one use, and overwrites them after it. */
export function withMessageKeys<T>(ratchet: SecretBytes, use: (keys: MessageKeys) => T): T {
  const derived = hkdfSha256(ratchet.expose(), { info: INFO, length: 80 })
  const [key, macKey, iv] = [
    derived.subarray(0, 32),
    derived.subarray(32, 64),
    derived.subarray(64),
  ]
  try {
    return use({ aes: { key, iv }, macKey })
  } finally {
    derived.fill(0)
  }
}

/** The MAC of a message: the first 8 bytes of HMAC-SHA-256. */
export function messageMac(macKey: Bytes, message: Bytes): Bytes {
  return hmacSha256(macKey, message).slice(0, MAC_LENGTH)
}
