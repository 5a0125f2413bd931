/** A secret as a client stores it, by the primitives alone. */
import { aesCtr } from '@roomkeys/crypto/aes'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { utf8 } from '@roomkeys/crypto/bytes'
import { hkdfSha256 } from '@roomkeys/crypto/hkdf'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { decodeKeyText } from '@roomkeys/crypto/key-text'
import type { EncryptedSecret } from '@roomkeys/secret-storage'

/** Encrypts the backup's secret under a storage key. */
export function encryptedSecret(storageKeyText: string, secret: string): EncryptedSecret {
  const info = utf8('m.megolm_backup.v1')
  const keys = hkdfSha256(decodeKeyText(storageKeyText), { info, length: 64 })
  const iv = new Uint8Array(16).fill(3)
  const ciphertext = aesCtr({ key: keys.subarray(0, 32), iv }, utf8(secret))
  const mac = hmacSha256(keys.subarray(32), ciphertext)
  return {
    iv: encodeBase64(iv),
    ciphertext: encodeBase64(ciphertext),
    mac: encodeBase64(mac),
  }
}
