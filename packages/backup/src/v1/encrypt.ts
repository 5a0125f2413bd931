/** Encrypting a v1 entry. */
import type { BackedUpSessionData, JsonObject } from '@roomkeys/types'
import type { EncryptParameters } from '../algorithm.ts'
import { withBackupMac } from '../curve25519/backup-mac.ts'
import { encryptPlaintext, sealingKeys } from '../curve25519/cbc.ts'
import type { Names } from '../curve25519/names.ts'
import { serialisePlaintext } from '../plaintext.ts'
import { withUnauthenticated } from '../unauthenticated.ts'
import { macOverNothing } from './mac.ts'
import { serialiseSessionData } from './session-data.ts'

/**
 * Encrypts a session. With a MAC key this is the dual write of MSC4048: both MACs in one entry, which
 * clients that know v1 alone read as ever.
 *
 * @throws BackupError `malformed_auth_data` without a shared secret
 * @throws EntryError or WireShapeError when the session is no record
 */
export function encryptAs(
  names: Names,
): (session: BackedUpSessionData, parameters: EncryptParameters) => JsonObject {
  return (session, parameters) => {
    const { ephemeral, macKey, unauthenticated } = parameters
    const keys = sealingKeys(parameters)
    const marking = { name: names.unauthenticated, mark: unauthenticated }
    const plaintext = serialisePlaintext(withUnauthenticated(session, marking))
    const ciphertext = encryptPlaintext(keys, plaintext)
    const mac = macOverNothing(keys.macKey)
    const sessionData = serialiseSessionData({ ephemeral, ciphertext, mac })
    if (macKey === null) return sessionData
    return withBackupMac(sessionData, { macKey, name: names.backupMac })
  }
}
