/**
 * `m.megolm_backup.v1.curve25519-aes-sha2`, the algorithm that every deployed client uses.
 *
 * X25519, HKDF-SHA-256, AES-256-CBC. Anyone who knows the public key, the server among them, can
 * write entries: what comes out of a v1 backup is not authenticated.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#backup-algorithm-mmegolm_backupv1curve25519-aes-sha2
 */
import { MEGOLM_BACKUP_V1 } from '@roomkeys/types'
import type { BackupAlgorithm } from './algorithm.ts'
import { matchesKey } from './curve25519/auth-data.ts'
import { UNSTABLE_NAMES } from './curve25519/names.ts'
import { parseAuthData } from './v1/auth-data.ts'
import { decrypt } from './v1/decrypt.ts'
import { encryptAs } from './v1/encrypt.ts'
import { parseSessionData } from './v1/session-data.ts'

/** Backup algorithm v1. */
export const megolmBackupV1: BackupAlgorithm = Object.freeze({
  name: MEGOLM_BACKUP_V1,
  parseAuthData,
  matchesKey,
  // The proposal is not accepted: what it adds to v1 goes by its unstable names.
  encrypt: encryptAs(UNSTABLE_NAMES),
  parseSessionData,
  decrypt,
})
