/**
 * The account data that says whether a backup is wanted.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4287
 */

/** `{ "enabled": boolean }`. */
export const KEY_BACKUP_TYPE = 'm.key_backup'

/** The older type, the other way round: `{ "disabled": boolean }`. */
export const UNSTABLE_KEY_BACKUP_TYPE = 'm.org.matrix.custom.backup_disabled'
