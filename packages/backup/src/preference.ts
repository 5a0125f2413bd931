/** Whether the user wants a backup: `m.key_backup` in account data (MSC4287). */
export { accountDataPreference } from './preference/account-data-preference.ts'
export { KEY_BACKUP_TYPE, UNSTABLE_KEY_BACKUP_TYPE } from './preference/account-data-types.ts'
