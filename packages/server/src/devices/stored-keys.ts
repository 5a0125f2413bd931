/** Keys of one user as they are stored, with the signatures that somebody may see. */
import { type SqlExecutor, type SqlRow, textColumn } from '../store.ts'
import type { JsonObject } from '@roomkeys/types'
import { type MadeSignature, storedObject, withSignatures } from './key-objects.ts'

/** What a cross-signing key is for. */
export type KeyUsage = 'master' | 'self_signing' | 'user_signing'

/** A cross-signing key with its public key in base64. */
export interface CrossSigningKey {
  readonly publicKey: string
  readonly object: JsonObject
}

/** The cross-signing keys that a user has. */
export type CrossSigningKeys = Readonly<Partial<Record<KeyUsage, CrossSigningKey>>>

/** Whose signatures on whose keys. */
export interface SignaturesOn {
  readonly signerId: string
  readonly ownerId: string
}

/** Signatures by the device id or the public key that they are on. */
export type SignaturesByTarget = ReadonlyMap<string, readonly MadeSignature[]>

function crossSigningKey(row: SqlRow): CrossSigningKey {
  return {
    publicKey: textColumn(row, 'public_key'),
    object: storedObject(textColumn(row, 'content')),
  }
}

/** The cross-signing keys of a user, as they were uploaded. */
export async function crossSigningKeysOf(
  store: SqlExecutor,
  userId: string,
): Promise<CrossSigningKeys> {
  const { rows } = await store.query(
    'SELECT usage, public_key, content FROM cross_signing_keys WHERE user_id = $1',
    [userId],
  )
  return Object.fromEntries(rows.map((row) => [textColumn(row, 'usage'), crossSigningKey(row)]))
}

/** Signatures that one user has uploaded on keys of another, or of their own. */
export async function uploadedSignatures(
  store: SqlExecutor,
  { signerId, ownerId }: SignaturesOn,
): Promise<SignaturesByTarget> {
  const { rows } = await store.query(
    `SELECT target_key, signing_key_id, signature FROM key_signatures
     WHERE user_id = $1 AND target_user_id = $2`,
    [signerId, ownerId],
  )
  const byTarget = new Map<string, MadeSignature[]>()
  for (const row of rows) {
    const target = textColumn(row, 'target_key')
    const made = {
      signerId,
      keyId: textColumn(row, 'signing_key_id'),
      signature: textColumn(row, 'signature'),
    }
    byTarget.set(target, [...(byTarget.get(target) ?? []), made])
  }
  return byTarget
}

/** Adds the signatures that were uploaded on an object. */
export function signedAs(
  object: JsonObject,
  target: string,
  sources: readonly SignaturesByTarget[],
): JsonObject {
  return withSignatures(
    object,
    sources.flatMap((source) => source.get(target) ?? []),
  )
}

/** Keys of one device, as they were uploaded. */
export interface StoredDeviceKeys {
  readonly deviceId: string
  readonly displayName: string | null
  readonly object: JsonObject
}

/** Keys of a user's devices; of all of them, unless some are named. */
export async function deviceKeysOf(
  store: SqlExecutor,
  userId: string,
  deviceIds: readonly string[] = [],
): Promise<readonly StoredDeviceKeys[]> {
  const { rows } = await store.query(
    `SELECT device_id, display_name, device_keys FROM devices
     WHERE user_id = $1 AND device_keys IS NOT NULL
       AND (cardinality($2::text[]) = 0 OR device_id = ANY($2::text[]))
     ORDER BY device_id`,
    [userId, deviceIds],
  )
  return rows.map((row) => ({
    deviceId: textColumn(row, 'device_id'),
    displayName: row['display_name'] === null ? null : textColumn(row, 'display_name'),
    object: storedObject(textColumn(row, 'device_keys')),
  }))
}
