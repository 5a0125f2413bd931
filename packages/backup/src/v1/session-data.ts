/**
 * `session_data` of v1, decoded and encoded.
 *
 * Entries may carry the MAC of MSC4048 beside that of v1. Clients of the draft and of what comes of it
 * write it under different names, and both write to v1 backups: here either name counts.
 */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { X25519_KEY_LENGTH } from '@roomkeys/crypto/x25519'
import { type SessionDataV1, sessionDataV1Schema } from '@roomkeys/types'
import type { BackupMacCheck, BackupMacFact, EncryptedSession } from '../algorithm.ts'
import { checkBackupMac, requireValid } from '../curve25519/backup-mac.ts'
import { STABLE_NAMES, UNSTABLE_NAMES } from '../curve25519/names.ts'
import { decodeField, parseShape } from '../curve25519/session-data.ts'
import { MAC_LENGTH } from './mac.ts'

const NAMES = [STABLE_NAMES.backupMac, UNSTABLE_NAMES.backupMac]

/** Without a policy that requires it, the MAC is a fact, and no more. */
const NO_CHECK: BackupMacCheck = { macKey: null, macPolicy: 'libolm' }

function checked(data: SessionDataV1, { macKey, macPolicy }: BackupMacCheck): BackupMacFact {
  const fact = checkBackupMac(data, { macKey, names: NAMES })
  if (macPolicy === 'backup_mac_required') requireValid(fact)
  return fact
}

/**
 * Checks `backup_mac` and decodes `session_data`.
 *
 * @throws EntryError `malformed_session_data`, and where it is required `backup_mac_missing` or
 * `backup_mac_mismatch`
 * @throws BackupError `mac_key_missing` where it is required
 */
export function parseSessionData(
  value: unknown,
  check: BackupMacCheck = NO_CHECK,
): EncryptedSession {
  const data = parseShape(sessionDataV1Schema, value)
  const backupMac = checked(data, check)
  return {
    ephemeral: decodeField(data.ephemeral, { name: 'ephemeral', length: X25519_KEY_LENGTH }),
    ciphertext: decodeField(data.ciphertext, { name: 'ciphertext' }),
    mac: decodeField(data.mac, { name: 'mac', length: MAC_LENGTH }),
    backupMac,
  }
}

/** Encodes `session_data`. */
export function serialiseSessionData({
  ephemeral,
  ciphertext,
  mac,
}: Omit<EncryptedSession, 'backupMac'>): SessionDataV1 {
  return {
    ephemeral: encodeBase64(ephemeral),
    ciphertext: encodeBase64(ciphertext),
    mac: encodeBase64(mac),
  }
}
