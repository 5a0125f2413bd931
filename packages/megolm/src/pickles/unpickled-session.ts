/** What comes out of a pickle. */
import type { MegolmSession } from '../session.ts'

/** An inbound session as another library stored it. */
export interface UnpickledSession {
  /** The session at the earliest index that the library knew. */
  readonly session: MegolmSession
  /**
   * Whether the library held the session's public key for proven: by a signed session key, or, for
   * libolm, also by a message that it decrypted. A statement of whoever wrote the pickle.
   */
  readonly signingKeyVerified: boolean
}
