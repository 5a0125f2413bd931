/**
 * A Megolm session in the clear: the plaintext of a backup entry, and an entry of an export file.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#key-export-format
 */
import * as v from 'valibot'
import { inPlace, type JsonObject, mapOf, type WireSchema } from './json.ts'

/** What a backup's `session_data` decrypts to. Unknown keys are kept. */
export interface BackedUpSessionData extends JsonObject {
  /** `m.megolm.v1.aes-sha2`, or a name that is not known here. */
  readonly algorithm: string
  /** Curve25519 keys of the devices that forwarded the key; empty when none did. */
  readonly forwarding_curve25519_key_chain: readonly string[]
  /** Curve25519 key of the device that made the session, unpadded base64. */
  readonly sender_key: string
  /** What that device claimed to be: algorithm → key, e.g. `ed25519`. */
  readonly sender_claimed_keys: Readonly<Record<string, string>>
  /** The session in the session-export format, unpadded base64. */
  readonly session_key: string
  /**
   * Whether the room's history visibility allowed sharing the key with invitees (MSC3061). The
   * specification says `shared_history`, deployed clients write this. Not checked, so that a damaged
   * flag never costs a key; kept on every path like any unknown key.
   */
  readonly 'm.shared_history'?: unknown
}

/** A session as an export file holds it. */
export interface ExportedSessionData extends BackedUpSessionData {
  readonly room_id: string
  readonly session_id: string
}

const backedUpEntries = {
  algorithm: v.string(),
  forwarding_curve25519_key_chain: v.array(v.string()),
  sender_key: v.string(),
  sender_claimed_keys: mapOf(v.string()),
  session_key: v.string(),
}

/** Parses {@link BackedUpSessionData}, strictly: what we write. `repairSession` is for what we read. */
export const backedUpSessionDataSchema: WireSchema<BackedUpSessionData> = inPlace(
  v.looseObject(backedUpEntries),
)

/** Parses {@link ExportedSessionData}, strictly. */
export const exportedSessionDataSchema: WireSchema<ExportedSessionData> = inPlace(
  v.looseObject({
    ...backedUpEntries,
    room_id: v.string(),
    session_id: v.string(),
  }),
)
