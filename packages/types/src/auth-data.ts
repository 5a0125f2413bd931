/**
 * `auth_data` of a backup version.
 *
 * It is signed, so it is only ever checked in place and passed on as it came.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#backup-algorithm-mmegolm_backupv1curve25519-aes-sha2
 */
import * as v from 'valibot'
import { MEGOLM_BACKUP_V1, MEGOLM_BACKUP_V2, MEGOLM_BACKUP_V2_UNSTABLE } from './algorithms.ts'
import { parseWire } from './errors.ts'
import {
  inPlace,
  type JsonObject,
  jsonObjectSchema,
  mapOf,
  wireIntegerSchema,
  type WireSchema,
} from './json.ts'

/** Signatures of an object: user id → key id, e.g. `ed25519:DEVICE` → unpadded base64. */
export type Signatures = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Parses {@link Signatures}. */
export const signaturesSchema: WireSchema<Signatures> = mapOf(mapOf(v.string()))

/** `auth_data` of the curve25519 algorithms. Unknown keys are kept and covered by the signatures. */
export interface Curve25519AuthData extends JsonObject {
  /** X25519 public key, unpadded base64. */
  readonly public_key: string
  readonly signatures?: Signatures
  /** Salt of the passphrase that old clients derived the decryption key from; used as UTF-8. */
  readonly private_key_salt?: string
  /** PBKDF2 rounds of that passphrase. */
  readonly private_key_iterations?: number
  /** Length of the derived key in bits; 256 when absent. */
  readonly private_key_bits?: number
}

/** Parses {@link Curve25519AuthData}. */
export const curve25519AuthDataSchema: WireSchema<Curve25519AuthData> = inPlace(
  v.looseObject({
    public_key: v.string(),
    signatures: v.exactOptional(signaturesSchema),
    private_key_salt: v.exactOptional(v.string()),
    private_key_iterations: v.exactOptional(wireIntegerSchema),
    private_key_bits: v.exactOptional(wireIntegerSchema),
  }),
)

/** The names of the curve25519 algorithms: all of them have the same `auth_data`. */
export type Curve25519Algorithm =
  typeof MEGOLM_BACKUP_V1 | typeof MEGOLM_BACKUP_V2 | typeof MEGOLM_BACKUP_V2_UNSTABLE

const CURVE25519_ALGORITHMS: readonly Curve25519Algorithm[] = [
  MEGOLM_BACKUP_V1,
  MEGOLM_BACKUP_V2,
  MEGOLM_BACKUP_V2_UNSTABLE,
]

/** `auth_data` by algorithm; an algorithm that is not known here keeps its raw object. */
export type AuthData =
  | { readonly algorithm: Curve25519Algorithm; readonly authData: Curve25519AuthData }
  | { readonly algorithm: 'unknown'; readonly name: string; readonly authData: JsonObject }

/**
 * Reads `auth_data` by its algorithm.
 *
 * @throws WireShapeError when the algorithm is known and its `auth_data` is broken
 */
export function parseAuthData(name: string, authData: unknown): AuthData {
  const algorithm = CURVE25519_ALGORITHMS.find((known) => known === name)
  if (algorithm !== undefined)
    return { algorithm, authData: parseWire(curve25519AuthDataSchema, authData, 'auth_data') }
  return {
    algorithm: 'unknown',
    name,
    authData: parseWire(jsonObjectSchema, authData, 'auth_data'),
  }
}
