/** Access tokens, of which only the hash is kept: a copy of the database signs nobody in. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import type { Session } from '../http/context.ts'
import { type SqlStore, textColumn } from '../store.ts'

const TOKEN_BYTES = 32

/** A user's device. */
export interface Device {
  readonly userId: string
  readonly deviceId: string
}

function hashToken(token: string): string {
  return bytesToHex(sha256(utf8ToBytes(token)))
}

function base64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_')
}

/** Issues an access token for a device; the device's earlier tokens end. */
export async function issueToken(
  store: SqlStore,
  { userId, deviceId }: Device,
  randomBytes: (length: number) => Uint8Array,
): Promise<string> {
  const token = base64Url(randomBytes(TOKEN_BYTES))
  await store.transaction(async (tx) => {
    await tx.query('DELETE FROM access_tokens WHERE user_id = $1 AND device_id = $2', [
      userId,
      deviceId,
    ])
    await tx.query(
      'INSERT INTO access_tokens (token_hash, user_id, device_id) VALUES ($1, $2, $3)',
      [hashToken(token), userId, deviceId],
    )
  })
  return token
}

/** Whose token it is, or `null`. */
export async function sessionOfToken(store: SqlStore, token: string): Promise<Session | null> {
  const tokenHash = hashToken(token)
  const { rows } = await store.query(
    'SELECT user_id, device_id FROM access_tokens WHERE token_hash = $1',
    [tokenHash],
  )
  const row = rows[0]
  if (row === undefined) return null
  return { userId: textColumn(row, 'user_id'), deviceId: textColumn(row, 'device_id'), tokenHash }
}

/** Ends one access token. */
export async function revokeToken(store: SqlStore, tokenHash: string): Promise<void> {
  await store.query('DELETE FROM access_tokens WHERE token_hash = $1', [tokenHash])
}
