/** Encrypting a v1 entry. */
import { aesCbcEncrypt } from '@roomkeys/crypto/aes'
import { type Bytes, randomBytes, type RandomBytes } from '@roomkeys/crypto/bytes'
import { sharedSecret, X25519_KEY_LENGTH, x25519PublicKey } from '@roomkeys/crypto/x25519'
import type { BackedUpSessionData, Curve25519AuthData, SessionDataV1 } from '@roomkeys/types'
import { BackupError } from '../errors.ts'
import { serialisePlaintext } from '../plaintext.ts'
import { publicKeyOf } from './auth-data.ts'
import { macOverNothing } from './mac.ts'
import { serialiseSessionData } from './session-data.ts'
import { deriveSessionKeys } from './session-keys.ts'

function agree(ephemeral: Bytes, publicKey: Bytes): Bytes {
  const secret = sharedSecret(ephemeral, publicKey)
  if (secret !== null) return secret
  throw new BackupError('malformed_auth_data', "The backup's public key is of low order")
}

/**
 * Encrypts a session to the public key of a backup.
 *
 * @param random - source of the ephemeral private key, which must never repeat
 * @throws BackupError `malformed_auth_data`
 * @throws WireShapeError when the session lacks a field
 */
export function encrypt(
  session: BackedUpSessionData,
  authData: Curve25519AuthData,
  random: RandomBytes = randomBytes,
): SessionDataV1 {
  const ephemeral = random(X25519_KEY_LENGTH)
  const { aesKey, macKey, iv } = deriveSessionKeys(agree(ephemeral, publicKeyOf(authData)))
  return serialiseSessionData({
    ephemeral: x25519PublicKey(ephemeral),
    ciphertext: aesCbcEncrypt({ key: aesKey, iv }, serialisePlaintext(session)),
    mac: macOverNothing(macKey),
  })
}
