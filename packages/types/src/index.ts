/**
 * Wire types of Matrix server-side key backup: a type and a parser per shape, and the server's
 * keep-or-replace rule. No I/O, no cryptography.
 */
export {
  MEGOLM_BACKUP_V1,
  MEGOLM_BACKUP_V2,
  MEGOLM_BACKUP_V2_UNSTABLE,
  MEGOLM_V1,
} from './algorithms.ts'
export { curve25519AuthDataSchema, parseAuthData, signaturesSchema } from './auth-data.ts'
export {
  keysQueryResponseSchema,
  loginResponseSchema,
  passwordLoginRequestSchema,
  versionsResponseSchema,
  whoAmIResponseSchema,
} from './account.ts'
export {
  backupVersionInfoSchema,
  createBackupVersionRequestSchema,
  createBackupVersionResponseSchema,
  updateBackupVersionRequestSchema,
} from './backup-version.ts'
export { parseWire, WireShapeError } from './errors.ts'
export { backupVersion, idProblem, MAX_ID_BYTES, roomId, sessionId } from './ids.ts'
export { inPlace, isJsonObject, jsonObjectSchema, mapOf, wireIntegerSchema } from './json.ts'
export { compareKeys, replaces } from './keep-or-replace.ts'
export {
  keyBackupDataSchema,
  roomKeyBackupAnswerSchema,
  roomKeyBackupSchema,
  roomKeysAnswerSchema,
  roomKeysSchema,
  roomKeysUpdateResponseSchema,
} from './key-backup-data.ts'
export { ERRCODES, matrixErrorBodySchema } from './matrix-error.ts'
export { repairSession } from './repair-session.ts'
export { backedUpSessionDataSchema, exportedSessionDataSchema } from './session.ts'
export { sessionDataV1Schema } from './session-data-v1.ts'
export { sessionDataV2Schema } from './session-data-v2.ts'

export type { AuthData, Curve25519Algorithm, Curve25519AuthData, Signatures } from './auth-data.ts'
export type {
  KeysQueryResponse,
  LoginResponse,
  PasswordLoginRequest,
  VersionsResponse,
  WhoAmIResponse,
} from './account.ts'
export type {
  BackupVersionInfo,
  CreateBackupVersionRequest,
  CreateBackupVersionResponse,
  UpdateBackupVersionRequest,
} from './backup-version.ts'
export type { ShapeIssue } from './errors.ts'
export type { BackupVersion, IdProblem, RoomId, SessionId } from './ids.ts'
export type { JsonObject, WireSchema } from './json.ts'
export type {
  KeyBackupData,
  KeyMetadata,
  RoomKeyBackup,
  RoomKeyBackupAnswer,
  RoomKeys,
  RoomKeysAnswer,
  RoomKeysUpdateResponse,
} from './key-backup-data.ts'
export type { Errcode, MatrixErrorBody } from './matrix-error.ts'
export type { RepairedSession, SessionNote } from './repair-session.ts'
export type { BackedUpSessionData, ExportedSessionData } from './session.ts'
export type { SessionDataV1 } from './session-data-v1.ts'
export type { SessionDataV2 } from './session-data-v2.ts'
