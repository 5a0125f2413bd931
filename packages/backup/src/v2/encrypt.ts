/** Encrypting a v2 entry. */
import { BackupError } from '../errors.ts'
import type { BackupAlgorithm } from '../algorithm.ts'
import { withBackupMac } from '../curve25519/backup-mac.ts'
import { encryptPlaintext, sealingKeys } from '../curve25519/cbc.ts'
import type { Names } from '../curve25519/names.ts'
import { serialisePlaintext } from '../plaintext.ts'
import { withUnauthenticated } from '../unauthenticated.ts'
import { serialiseSessionData } from './session-data.ts'

/**
 * Encrypts a session.
 *
 * @throws BackupError `mac_key_missing`, or `malformed_auth_data` without a shared secret
 * @throws EntryError or WireShapeError when the session is no record
 */
export function encryptAs(names: Names): BackupAlgorithm['encrypt'] {
  return (session, parameters) => {
    const { ephemeral, macKey, unauthenticated } = parameters
    if (macKey === null)
      throw new BackupError('mac_key_missing', 'A v2 backup is written with its MAC key alone')
    const keys = sealingKeys(parameters)
    const marking = { name: names.unauthenticated, mark: unauthenticated }
    const plaintext = serialisePlaintext(withUnauthenticated(session, marking))
    const ciphertext = encryptPlaintext(keys, plaintext)
    const sessionData = serialiseSessionData({ ephemeral, ciphertext })
    return withBackupMac(sessionData, { macKey, name: names.backupMac })
  }
}
