/**
 * One-time keys, each handed out once, and the fallback key that is handed out when none is left.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#one-time-and-fallback-keys
 */
import { RefusedRequest } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { textColumn } from '../store.ts'
import type { KeyId } from './key-objects.ts'
import { type Change, recordKeyCounts } from './stream.ts'

/** Keys with their JSON. */
export type StoredKeys = readonly (KeyId & { readonly content: string })[]

/** Keys to store, and how many there may be. */
export interface NewKeys {
  readonly keys: StoredKeys
  readonly limits: Limits
}

function columnsOf(keys: StoredKeys): readonly (readonly string[])[] {
  return [
    keys.map(({ algorithm }) => algorithm),
    keys.map(({ keyId }) => keyId),
    keys.map(({ content }) => content),
  ]
}

/** Clients look for the words "already exists", to tell a lost answer from other failures. */
function refuseOtherContent(id: string): never {
  throw new RefusedRequest([400, 'M_INVALID_PARAM'], `One time key ${id} already exists`)
}

/** A client whose answer was lost sends its keys again; another key under a known id is refused. */
async function requireSameContent(
  { tx, userId }: Change,
  deviceId: string,
  keys: StoredKeys,
): Promise<void> {
  const { rows } = await tx.query(
    `SELECT stored.algorithm || ':' || stored.key_id AS id
     FROM unnest($3::text[], $4::text[], $5::text[]) AS sent (algorithm, key_id, content)
     JOIN one_time_keys AS stored ON stored.user_id = $1 AND stored.device_id = $2
       AND stored.algorithm = sent.algorithm AND stored.key_id = sent.key_id
     WHERE stored.content <> sent.content LIMIT 1`,
    [userId, deviceId, ...columnsOf(keys)],
  )
  if (rows[0] !== undefined) refuseOtherContent(textColumn(rows[0], 'id'))
}

async function requireFewKeys(
  { tx, userId }: Change,
  deviceId: string,
  { oneTimeKeysPerDevice }: Limits,
): Promise<void> {
  const { rows } = await tx.query(
    `SELECT count(*)::text AS count FROM one_time_keys WHERE user_id = $1 AND device_id = $2`,
    [userId, deviceId],
  )
  if (rows[0] === undefined || Number(textColumn(rows[0], 'count')) <= oneTimeKeysPerDevice) return
  throw new RefusedRequest([413, 'M_TOO_LARGE'], 'The device has too many one-time keys')
}

/**
 * Adds one-time keys to those of a device.
 *
 * @throws RefusedRequest 400 when an id is taken by another key, 413 when there are too many
 */
export async function storeOneTimeKeys(
  change: Change,
  deviceId: string,
  { keys, limits }: NewKeys,
): Promise<void> {
  if (keys.length === 0) return
  await requireSameContent(change, deviceId, keys)
  await change.tx.query(
    `INSERT INTO one_time_keys (user_id, device_id, position, algorithm, key_id, content)
     SELECT $1, $2, $3::bigint, * FROM unnest($4::text[], $5::text[], $6::text[])
     ON CONFLICT (user_id, device_id, algorithm, key_id) DO NOTHING`,
    [change.userId, deviceId, change.position, ...columnsOf(keys)],
  )
  await requireFewKeys(change, deviceId, limits)
  await recordKeyCounts(change, [deviceId])
}

/** One key for each algorithm: of several in a request, the last one counts. */
function lastOfEach(keys: StoredKeys): StoredKeys {
  return [...new Map(keys.map((key) => [key.algorithm, key])).values()]
}

/**
 * Replaces fallback keys. One that is sent again as it is stays used, if it was.
 *
 * @throws RefusedRequest 413 when there are too many algorithms
 */
export async function storeFallbackKeys(
  change: Change,
  deviceId: string,
  { keys, limits }: NewKeys,
): Promise<void> {
  if (keys.length === 0) return
  await change.tx.query(
    `INSERT INTO fallback_keys AS stored (user_id, device_id, algorithm, key_id, content)
     SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[])
     ON CONFLICT (user_id, device_id, algorithm) DO UPDATE SET
       key_id = excluded.key_id, content = excluded.content, used = false
     WHERE (stored.key_id, stored.content) <> (excluded.key_id, excluded.content)`,
    [change.userId, deviceId, ...columnsOf(lastOfEach(keys))],
  )
  const { rows } = await change.tx.query(
    'SELECT algorithm FROM fallback_keys WHERE user_id = $1 AND device_id = $2',
    [change.userId, deviceId],
  )
  if (rows.length > limits.fallbackAlgorithms)
    throw new RefusedRequest([413, 'M_TOO_LARGE'], 'Too many algorithms of fallback keys')
  await recordKeyCounts(change, [deviceId])
}

/** A device, and the algorithm of the key that is wanted of it. */
export interface Wanted {
  readonly deviceId: string
  readonly algorithm: string
}

/** A key that was handed out. */
export interface ClaimedKey extends KeyId, Wanted {
  /** The key as JSON. */
  readonly content: string
}

/** The oldest key of each device, taken out of the table. The user is locked, so nobody else takes it. */
const TAKE = `
  DELETE FROM one_time_keys AS taken
  USING unnest($2::text[], $3::text[]) AS wanted (device_id, algorithm)
  CROSS JOIN LATERAL (
    SELECT key_id FROM one_time_keys AS candidate
    WHERE candidate.user_id = $1 AND candidate.device_id = wanted.device_id
      AND candidate.algorithm = wanted.algorithm
    ORDER BY candidate.position, candidate.key_id LIMIT 1
  ) AS oldest
  WHERE taken.user_id = $1 AND taken.device_id = wanted.device_id
    AND taken.algorithm = wanted.algorithm AND taken.key_id = oldest.key_id
  RETURNING taken.device_id, taken.algorithm, taken.key_id, taken.content`

const USE_FALLBACK = `
  UPDATE fallback_keys AS fallback SET used = true
  FROM unnest($2::text[], $3::text[]) AS wanted (device_id, algorithm)
  WHERE fallback.user_id = $1 AND fallback.device_id = wanted.device_id
    AND fallback.algorithm = wanted.algorithm
  RETURNING fallback.device_id, fallback.algorithm, fallback.key_id, fallback.content`

async function claimBy(
  sql: string,
  { tx, userId }: Change,
  wanted: readonly Wanted[],
): Promise<readonly ClaimedKey[]> {
  if (wanted.length === 0) return []
  const { rows } = await tx.query(sql, [
    userId,
    wanted.map(({ deviceId }) => deviceId),
    wanted.map(({ algorithm }) => algorithm),
  ])
  return rows.map((row) => ({
    deviceId: textColumn(row, 'device_id'),
    algorithm: textColumn(row, 'algorithm'),
    keyId: textColumn(row, 'key_id'),
    content: textColumn(row, 'content'),
  }))
}

/** Hands out a key of each device, if it has one: a one-time key, or else the fallback key. */
export async function claimKeys(
  change: Change,
  wanted: readonly Wanted[],
): Promise<readonly ClaimedKey[]> {
  const taken = await claimBy(TAKE, change, wanted)
  const left = wanted.filter(
    ({ deviceId, algorithm }) =>
      !taken.some((key) => key.deviceId === deviceId && key.algorithm === algorithm),
  )
  const fallbacks = await claimBy(USE_FALLBACK, change, left)
  const claimed = [...taken, ...fallbacks]
  await recordKeyCounts(
    change,
    claimed.map(({ deviceId }) => deviceId),
  )
  return claimed
}
