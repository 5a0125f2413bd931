/** A signed-in account. */
import { type Client, createClient } from '@roomkeys/client'
import { createHomeserver, type Homeserver } from '@roomkeys/transport'

/** Whom the page works for. The access token is inside `homeserver` and `client` alone. */
export interface Account {
  readonly userId: string
  readonly homeserver: Homeserver
  readonly client: Client
  /** Whether signing out ends the session: one whose token was pasted belongs to another client. */
  readonly session: 'own' | 'borrowed'
}

/** What makes an account. */
export interface AccountParts extends Pick<Account, 'userId' | 'session'> {
  readonly baseUrl: string
  readonly accessToken: string
}

/** Makes an account. Sends nothing. */
export function createAccount({ userId, session, ...where }: AccountParts): Account {
  return { userId, session, homeserver: createHomeserver(where), client: createClient(where) }
}
