/**
 * `session_data` of `m.megolm_backup.v1.curve25519-aes-sha2`.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#backup-algorithm-mmegolm_backupv1curve25519-aes-sha2
 */
import * as v from 'valibot'
import { inPlace, type JsonObject, type WireSchema } from './json.ts'

/** An encrypted session of a v1 backup; every field is unpadded base64. */
export interface SessionDataV1 extends JsonObject {
  /** X25519 public key, 32 bytes. */
  readonly ephemeral: string
  /** AES-256-CBC ciphertext. */
  readonly ciphertext: string
  /** 8 bytes. Deployed clients compute it over the empty string: it authenticates nothing. */
  readonly mac: string
}

/** Parses {@link SessionDataV1}. */
export const sessionDataV1Schema: WireSchema<SessionDataV1> = inPlace(
  v.looseObject({
    ephemeral: v.string(),
    ciphertext: v.string(),
    mac: v.string(),
  }),
)
