/**
 * `public_key` of `auth_data`, and whether a decryption key derives it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#backup-algorithm-mmegolm_backupv1curve25519-aes-sha2
 */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError } from '@roomkeys/crypto/bytes'
import { X25519_KEY_LENGTH, x25519PublicKey } from '@roomkeys/crypto/x25519'
import type { JsonObject } from '@roomkeys/types'
import type { DecryptionKey } from '../decryption-key.ts'
import { ownValue } from './own-value.ts'

/** A longer text is not decoded: the server chose it, and a key has 43 characters. */
const MAX_TEXT_LENGTH = 1_024

/** What `public_key` is. */
export type PublicKeyFact =
  /** X25519, unpadded base64. */
  | { readonly state: 'readable'; readonly publicKey: string }
  | { readonly state: 'missing' }
  /** Its length in bytes, of which some clients wrote 45; `null` when it is no base64. */
  | { readonly state: 'malformed'; readonly byteLength: number | null }

/** The caller's decryption key. */
export interface HeldKey {
  readonly key: DecryptionKey
  /**
   * `trusted`: typed by a person, opened from secret storage, or sent by a verified own device.
   * `untrusted`: from anywhere else; the server could have made it.
   */
  readonly source: 'trusted' | 'untrusted'
}

/** Whether the caller's key derives the public key: a fact of its own, beside the signatures. */
export type KeyMatchFact =
  | 'no_key'
  /** There is nothing to compare with. */
  | 'no_public_key'
  | 'mismatch'
  /** It matches, and says nothing of trust. */
  | 'match_untrusted_source'
  | 'match'

function decode(text: string): Bytes | null {
  if (text.length > MAX_TEXT_LENGTH) return null
  try {
    return decodeBase64(text)
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

/** Looks at `public_key`. */
export function readPublicKey(authData: JsonObject): PublicKeyFact {
  const text = ownValue(authData, 'public_key')
  if (text === undefined) return { state: 'missing' }
  const bytes = typeof text === 'string' ? decode(text) : null
  if (bytes?.length === X25519_KEY_LENGTH)
    return { state: 'readable', publicKey: encodeBase64(bytes) }
  return { state: 'malformed', byteLength: bytes?.length ?? null }
}

/** Compares the caller's key; its public key is derived here, not believed. */
export function matchHeldKey(found: PublicKeyFact, held: HeldKey | null): KeyMatchFact {
  if (held === null) return 'no_key'
  if (found.state !== 'readable') return 'no_public_key'
  const derived = encodeBase64(x25519PublicKey(held.key.privateKey.expose()))
  if (derived !== found.publicKey) return 'mismatch'
  return held.source === 'trusted' ? 'match' : 'match_untrusted_source'
}
