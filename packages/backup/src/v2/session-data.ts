/**
 * `session_data` of v2, decoded and encoded.
 *
 * The MAC counts under the name that belongs to the backup's algorithm, and under no other: entries
 * with the name of the draft are to be written anew when a backup moves to the accepted names.
 */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { X25519_KEY_LENGTH } from '@roomkeys/crypto/x25519'
import { type SessionDataV2, sessionDataV2Schema } from '@roomkeys/types'
import type { BackupAlgorithm, EncryptedSession } from '../algorithm.ts'
import { checkBackupMac, requireValid } from '../curve25519/backup-mac.ts'
import type { Names } from '../curve25519/names.ts'
import { decodeField, parseShape } from '../curve25519/session-data.ts'

/** There is no other MAC. */
const NO_MAC = new Uint8Array()

/**
 * Checks `backup_mac`, whatever the policy, and decodes `session_data`.
 *
 * @throws EntryError `malformed_session_data`, `backup_mac_missing` or `backup_mac_mismatch`
 * @throws BackupError `mac_key_missing`
 */
export function parseSessionDataAs(names: Names): BackupAlgorithm['parseSessionData'] {
  return (value, check): EncryptedSession => {
    const data = parseShape(sessionDataV2Schema, value)
    const macKey = check?.macKey ?? null
    const backupMac = checkBackupMac(data, { macKey, names: [names.backupMac] })
    requireValid(backupMac)
    return {
      ephemeral: decodeField(data.ephemeral, { name: 'ephemeral', length: X25519_KEY_LENGTH }),
      ciphertext: decodeField(data.ciphertext, { name: 'ciphertext' }),
      mac: NO_MAC,
      backupMac,
    }
  }
}

/** Encodes `session_data`, without its MAC. */
export function serialiseSessionData({
  ephemeral,
  ciphertext,
}: Pick<EncryptedSession, 'ephemeral' | 'ciphertext'>): SessionDataV2 {
  return { ephemeral: encodeBase64(ephemeral), ciphertext: encodeBase64(ciphertext) }
}
