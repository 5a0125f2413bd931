/** Users. They are made and removed by the program that runs the server, not over HTTP. */
import { randomBytes as platformRandomBytes } from '@roomkeys/crypto/bytes'
import { idProblem } from '@roomkeys/types'
import { ServerError } from '../errors.ts'
import { removeAll } from '../room-keys/remove-keys.ts'
import { type SqlStore, textColumn } from '../store.ts'
import { hashPassword } from './passwords.ts'

/** A user to create. */
export interface NewUser {
  /** The full id, e.g. `@alice:example.org`. */
  readonly userId: string
  readonly password: string
  /** Source of randomness; the platform's unless given. */
  readonly randomBytes?: (length: number) => Uint8Array
}

const USER_ID = /^@[^:]+:.+$/s

/**
 * Creates a user.
 *
 * @throws ServerError `user_exists`
 */
export async function createUser(store: SqlStore, user: NewUser): Promise<void> {
  const { userId, password, randomBytes = platformRandomBytes } = user
  if (!USER_ID.test(userId) || idProblem(userId) !== null)
    throw new TypeError('userId must look like @name:server')
  const { rows } = await store.query(
    `INSERT INTO users (user_id, password_hash) VALUES ($1, $2)
     ON CONFLICT DO NOTHING RETURNING user_id`,
    [userId, await hashPassword(password, randomBytes)],
  )
  if (rows.length === 0) throw new ServerError('user_exists', 'A user with this id exists')
}

/** Removes a user and everything of theirs: tokens, account data, every version and key. */
export async function deleteUser(store: SqlStore, userId: string): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.query('SELECT user_id FROM users WHERE user_id = $1 FOR UPDATE', [userId])
    // Versions are locked before their keys go, so that no upload in progress adds keys behind that.
    const { rows } = await tx.query(
      'SELECT version::text AS version FROM backup_versions WHERE user_id = $1 FOR UPDATE',
      [userId],
    )
    for (const row of rows) await removeAll(tx, { userId, version: textColumn(row, 'version') })
    await tx.query('DELETE FROM users WHERE user_id = $1', [userId])
  })
}

/** The password hash of a user, or `null` when there is no such user. */
export async function passwordHashOf(store: SqlStore, userId: string): Promise<string | null> {
  if (idProblem(userId) !== null) return null
  const { rows } = await store.query('SELECT password_hash FROM users WHERE user_id = $1', [userId])
  return rows[0] === undefined ? null : textColumn(rows[0], 'password_hash')
}
