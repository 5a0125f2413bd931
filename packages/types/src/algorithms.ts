/** The algorithm names of backups and of room keys. */

/** The backup algorithm that every deployed client writes. */
export const MEGOLM_BACKUP_V1 = 'm.megolm_backup.v1.curve25519-aes-sha2'

/** The authenticated backup algorithm, as it will be named once MSC4048 is accepted. */
export const MEGOLM_BACKUP_V2 = 'm.backup.v2.curve25519-aes-sha2'

/** The authenticated backup algorithm, as it is named until MSC4048 is accepted. */
export const MEGOLM_BACKUP_V2_UNSTABLE = 'org.matrix.msc4048.curve25519-aes-sha2'

/** The algorithm of the room keys inside a backup or an export file. */
export const MEGOLM_V1 = 'm.megolm.v1.aes-sha2'
