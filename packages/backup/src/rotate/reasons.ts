/** The reasons for keys that were left behind, as a list for parsers. */
import type { FailureReason } from '../errors.ts'
import type { LossReason, NotCarriedReason } from './report.ts'

const FAILURES: Readonly<Record<FailureReason, null>> = {
  malformed_entry: null,
  malformed_session_data: null,
  weak_ephemeral_key: null,
  backup_mac_missing: null,
  backup_mac_mismatch: null,
  mac_mismatch: null,
  mac_over_ciphertext: null,
  bad_ciphertext: null,
  malformed_plaintext: null,
  unsupported_session: null,
  malformed_session_key: null,
  session_id_mismatch: null,
}

const NOT_CARRIED: Readonly<Record<NotCarriedReason, null>> = {
  rejected: null,
  too_large: null,
  conflicting: null,
  shadowed: null,
  unsealable: null,
}

/** Whether a text is a reason. */
export function isLossReason(value: unknown): value is LossReason {
  return typeof value === 'string' && (Object.hasOwn(FAILURES, value) || isNotCarried(value))
}

/** Whether the key was opened. */
export function isNotCarried(reason: string): reason is NotCarriedReason {
  return Object.hasOwn(NOT_CARRIED, reason)
}
