/**
 * `m.backup.v2.curve25519-aes-sha2`: v1 with a MAC by a key of the backup's owner (MSC4048).
 *
 * Experimental: the proposal is not accepted, and may still change. Until it is, backups are of the
 * unstable name. The two differ in names alone, and do not read each other's entries.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4048
 */
import {
  type Curve25519Algorithm,
  MEGOLM_BACKUP_V2,
  MEGOLM_BACKUP_V2_UNSTABLE,
} from '@roomkeys/types'
import type { BackupAlgorithm } from './algorithm.ts'
import { matchesKey } from './curve25519/auth-data.ts'
import { type Names, STABLE_NAMES, UNSTABLE_NAMES } from './curve25519/names.ts'
import { parseAuthDataAs } from './v2/auth-data.ts'
import { decrypt } from './v2/decrypt.ts'
import { encryptAs } from './v2/encrypt.ts'
import { parseSessionDataAs } from './v2/session-data.ts'

function algorithmOf(name: Curve25519Algorithm, names: Names): BackupAlgorithm {
  return Object.freeze({
    name,
    parseAuthData: parseAuthDataAs(name),
    matchesKey,
    encrypt: encryptAs(names),
    parseSessionData: parseSessionDataAs(names),
    decrypt,
  })
}

/** Backup algorithm v2, as it will be named once MSC4048 is accepted. */
export const megolmBackupV2: BackupAlgorithm = /* @__PURE__ */ algorithmOf(
  MEGOLM_BACKUP_V2,
  STABLE_NAMES,
)

/** Backup algorithm v2, as it is named until then. */
export const megolmBackupV2Unstable: BackupAlgorithm = /* @__PURE__ */ algorithmOf(
  MEGOLM_BACKUP_V2_UNSTABLE,
  UNSTABLE_NAMES,
)
