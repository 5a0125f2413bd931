/**
 * The names of MSC4048, once it is accepted and until then.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4048
 */

/** The names of members that are not part of v1. */
export interface Names {
  /** The MAC, in `unsigned` of `session_data`. */
  readonly backupMac: string
  /** The mark on unauthenticated sessions, in the plaintext. */
  readonly unauthenticated: string
}

/** The names once it is accepted. */
export const STABLE_NAMES: Names = {
  backupMac: 'backup_mac',
  unauthenticated: 'unauthenticated',
}

/** The names until then. */
export const UNSTABLE_NAMES: Names = {
  backupMac: 'org.matrix.msc4048.backup_mac',
  unauthenticated: 'org.matrix.msc4048.unauthenticated',
}
