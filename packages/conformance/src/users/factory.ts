/** Where the users of cases come from. */
import type { Wire } from '../client.ts'

/** A user who may be used up. */
export interface TestUser {
  readonly userId: string
  readonly accessToken: string
  /** Cases that sign in or deactivate an account need it. */
  readonly password?: string
}

/** What a factory is given. */
export interface NewUser {
  /** Lowercase letters, digits and hyphens; the same for the same seed and case. */
  readonly name: string
  /** Sends requests to the server under test. */
  readonly wire: Wire
}

/** Makes users; every case gets its own. */
export interface UserFactory {
  readonly createUser: (user: NewUser) => Promise<TestUser>
  /** Takes a user back after a case; for factories whose users are limited in number. */
  readonly releaseUser?: (user: TestUser) => void
  /** How many users there are at once; as many as wanted, unless given. */
  readonly capacity?: number
  /**
   * Whether users may have a backup that matters to somebody. Cases that change anything are not
   * applicable to such a user.
   */
  readonly origin?: 'created' | 'given'
}
