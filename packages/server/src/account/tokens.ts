/**
 * Access tokens: `rk1.<user id>.<secret>`, both parts in base64url.
 *
 * Only the hash of the whole text is kept: a copy of the database signs nobody in. The user id in front
 * proves nothing; it says in which user's rows to look for the hash, so that the table can be sharded
 * by `user_id` like every other, and no query goes without one.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { idProblem } from '@roomkeys/types'
import { RefusedRequest } from '../errors.ts'
import type { Session } from '../http/context.ts'
import { type SqlExecutor, type SqlStore, textColumn } from '../store.ts'

const SECRET_BYTES = 32
const TOKEN = /^rk1\.([\w-]{2,400})\.[\w-]{43}$/

/** A user's device. */
export interface Device {
  readonly userId: string
  readonly deviceId: string
}

/** A device that signs in. */
export interface NewSession extends Device {
  /** A name for a device that is new; one that exists keeps its own. */
  readonly displayName?: string | undefined
  /** How many devices the user may have; without a limit unless one is given. */
  readonly devicesPerUser?: number
}

function hashToken(token: string): string {
  return bytesToHex(sha256(utf8ToBytes(token)))
}

/** Base64 that may stand in URLs and headers. */
export function base64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_')
}

/** The user whom a token names, or `null` when it is no token of ours. */
function userOfToken(token: string): string | null {
  const named = TOKEN.exec(token)?.[1]
  if (named === undefined) return null
  try {
    const bytes = decodeBase64(named.replaceAll('-', '+').replaceAll('_', '/'))
    const userId = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return idProblem(userId) === null ? userId : null
  } catch {
    // Neither base64 nor UTF-8: nobody's token.
    return null
  }
}

async function requireRoomForDevice(tx: SqlExecutor, session: NewSession): Promise<void> {
  const { userId, deviceId, devicesPerUser = Number.POSITIVE_INFINITY } = session
  const { rows } = await tx.query(
    'SELECT count(*)::text AS others FROM devices WHERE user_id = $1 AND device_id <> $2',
    [userId, deviceId],
  )
  if (rows[0] === undefined || Number(textColumn(rows[0], 'others')) < devicesPerUser) return
  throw new RefusedRequest([403, 'M_FORBIDDEN'], 'The user has too many devices; sign one out')
}

/** Lists a device, unless it is listed already. */
async function addDevice(tx: SqlExecutor, session: NewSession): Promise<void> {
  await requireRoomForDevice(tx, session)
  await tx.query(
    `INSERT INTO devices (user_id, device_id, display_name) VALUES ($1, $2, $3)
     ON CONFLICT (user_id, device_id) DO NOTHING`,
    [session.userId, session.deviceId, session.displayName ?? null],
  )
}

/**
 * Issues an access token for a device, which is created if need be; its earlier tokens end. The user
 * is locked first, so that two sign-ins follow one another, and so that a deletion of the user cannot
 * wait for us while we wait for it.
 *
 * @throws RefusedRequest 403 when the user has too many devices
 */
export async function issueToken(
  store: SqlStore,
  session: NewSession,
  randomBytes: (length: number) => Uint8Array,
): Promise<string> {
  const { userId, deviceId } = session
  const secret = base64Url(randomBytes(SECRET_BYTES))
  const token = `rk1.${base64Url(utf8ToBytes(userId))}.${secret}`
  await store.transaction(async (tx) => {
    await tx.query('SELECT user_id FROM users WHERE user_id = $1 FOR NO KEY UPDATE', [userId])
    await addDevice(tx, session)
    await tx.query('DELETE FROM access_tokens WHERE user_id = $1 AND device_id = $2', [
      userId,
      deviceId,
    ])
    await tx.query(
      'INSERT INTO access_tokens (user_id, token_hash, device_id) VALUES ($1, $2, $3)',
      [userId, hashToken(token), deviceId],
    )
  })
  return token
}

/** Whose token it is, or `null`. */
export async function sessionOfToken(store: SqlStore, token: string): Promise<Session | null> {
  const userId = userOfToken(token)
  if (userId === null) return null
  const tokenHash = hashToken(token)
  const { rows } = await store.query(
    'SELECT device_id FROM access_tokens WHERE user_id = $1 AND token_hash = $2',
    [userId, tokenHash],
  )
  return rows[0] === undefined
    ? null
    : { userId, deviceId: textColumn(rows[0], 'device_id'), tokenHash }
}

/** Ends the access tokens of devices. */
export async function revokeTokens(
  tx: SqlExecutor,
  userId: string,
  deviceIds: readonly string[],
): Promise<void> {
  await tx.query('DELETE FROM access_tokens WHERE user_id = $1 AND device_id = ANY($2::text[])', [
    userId,
    deviceIds,
  ])
}
