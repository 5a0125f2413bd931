/** Users who exist already. */
import type { TestUser, UserFactory } from './factory.ts'

/**
 * Lends given users to one case at a time.
 *
 * A user who has a backup is only read. Cases that change something want users without one; they delete
 * what they made.
 *
 * @throws TypeError when there is no user
 */
export function givenUsers(users: readonly TestUser[]): UserFactory {
  if (users.length === 0) throw new TypeError('users must have at least one user')
  if (users.some(({ accessToken }) => accessToken === ''))
    throw new TypeError('users must each have an accessToken')
  const free = [...users]
  const waiting: ((user: TestUser) => void)[] = []
  return {
    origin: 'given',
    capacity: users.length,
    createUser: () => {
      const user = free.shift()
      if (user !== undefined) return Promise.resolve(user)
      return new Promise((resolve) => waiting.push(resolve))
    },
    releaseUser: (user) => {
      const next = waiting.shift()
      if (next === undefined) free.push(user)
      else next(user)
    },
  }
}

/** As {@link givenUsers}, of whom nothing but their access tokens is known. */
export function givenTokens(accessTokens: readonly string[]): UserFactory {
  return givenUsers(accessTokens.map((accessToken) => ({ userId: '', accessToken })))
}
