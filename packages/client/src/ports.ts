/** What `@roomkeys/backup` and `@roomkeys/secret-storage` ask for, over a homeserver. */
export { createAccountData } from './account-data.ts'
export { createRoomKeysApi } from './room-keys-api.ts'
