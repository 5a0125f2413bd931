/** Megolm session keys: the session-export and session-sharing formats, and the session id. */
export { MegolmError } from './errors.ts'
export { sessionIdOf } from './session.ts'
export { parseSessionExport, serialiseSessionExport } from './session-export.ts'
export { parseSessionSharing, serialiseSessionSharing, signSession } from './session-sharing.ts'

export type { MegolmErrorCode } from './errors.ts'
export type { MegolmSession } from './session.ts'
export type { SharedMegolmSession } from './session-sharing.ts'
