/**
 * `session_data` of `m.backup.v2.curve25519-aes-sha2`.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4048
 */
import * as v from 'valibot'
import { inPlace, type JsonObject, type WireSchema } from './json.ts'

/** An encrypted session of a v2 backup; every field of its own is unpadded base64. */
export interface SessionDataV2 extends JsonObject {
  /** X25519 public key, 32 bytes. */
  readonly ephemeral: string
  /** AES-256-CBC ciphertext. */
  readonly ciphertext: string
  /** Holds the MAC, under a name that depends on the algorithm's; whatever else is not covered. */
  readonly unsigned?: unknown
}

/** Parses {@link SessionDataV2}; `unsigned` is left to whoever looks for the MAC. */
export const sessionDataV2Schema: WireSchema<SessionDataV2> = inPlace(
  v.looseObject({
    ephemeral: v.string(),
    ciphertext: v.string(),
  }),
)
