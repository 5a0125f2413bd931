/** The passphrase-encrypted key export file: read in every known framing, written in one. */
export { unwrapArmor, wrapArmor } from './armor.ts'
export { fromBackedUpSession, toBackedUpSession } from './backed-up-session.ts'
export { decryptKeyExport } from './decrypt-key-export.ts'
export { encryptKeyExport, MIN_WRITTEN_ROUNDS } from './encrypt-key-export.ts'
export { KeyExportError } from './errors.ts'
export { inRooms, withSessionIds } from './select.ts'

export type { BackedUpSession } from './backed-up-session.ts'
export type { KeyExport, KeyExportEntry, MalformedEntry } from './content.ts'
export type { EncryptKeyExportOptions } from './encrypt-key-export.ts'
export type { KeyExportErrorCode } from './errors.ts'
export type { SessionPredicate } from './select.ts'
