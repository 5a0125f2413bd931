/** Signing out. */
import { isTransportError } from '@roomkeys/transport'
import { logout } from '@roomkeys/transport/account'
import type { Account } from '../account.ts'
import type { Effect } from '../task.ts'

/** A session that the server does not know any more is ended. */
function isEnded(error: unknown): boolean {
  return isTransportError(error) && error.code === 'unauthorized'
}

/**
 * Ends the session, if this page has begun it: ending another client's would sign that client out,
 * and its own keys might be lost.
 */
export function signOut({ homeserver, session }: Account): Effect {
  return async ({ signal, dispatch }) => {
    try {
      if (session === 'own') await logout(homeserver, { signal })
    } catch (error) {
      if (!isEnded(error)) throw error
    }
    dispatch({ type: 'signed-out', notice: null })
  }
}
