/**
 * Sessions as they are found in the wild.
 *
 * Some clients wrote records that depart from the specification in known ways. They are read, put
 * right, and the departure is noted: a key that can be used is never lost to a missing field.
 */
import { isJsonObject, type JsonObject } from './json.ts'

/** A departure from the specification that was put right, or a fact that a reader should know. */
export type SessionNote =
  | 'sender_claimed_keys_missing'
  | 'sender_claimed_keys_misspelt'
  | 'forwarding_chain_missing'
  | 'forwarded'

/** The field's name in backups of old Dart clients. */
const MISSPELT_CLAIMED_KEYS = 'sender_clencaimed_keys'

/** A record with its known departures put right, not parsed yet. */
export interface RepairedSession {
  readonly value: unknown
  readonly notes: readonly SessionNote[]
}

function repairClaimedKeys(record: JsonObject): RepairedSession & { readonly value: JsonObject } {
  if (record['sender_claimed_keys'] !== undefined) return { value: record, notes: [] }
  const { [MISSPELT_CLAIMED_KEYS]: misspelt, ...rest } = record
  if (misspelt === undefined)
    return {
      value: { ...record, sender_claimed_keys: {} },
      notes: ['sender_claimed_keys_missing'],
    }
  return {
    value: { ...rest, sender_claimed_keys: misspelt },
    notes: ['sender_claimed_keys_misspelt'],
  }
}

function repairForwardingChain(record: JsonObject): RepairedSession {
  const chain = record['forwarding_curve25519_key_chain']
  if (chain === undefined)
    return {
      value: { ...record, forwarding_curve25519_key_chain: [] },
      notes: ['forwarding_chain_missing'],
    }
  const forwarded = Array.isArray(chain) && chain.length > 0
  return { value: record, notes: forwarded ? ['forwarded'] : [] }
}

/**
 * Puts the known departures of a session record right.
 *
 * The result is still to be parsed with `backedUpSessionDataSchema` or `exportedSessionDataSchema`.
 * A record without departures comes back as the same object.
 */
export function repairSession(record: unknown): RepairedSession {
  if (!isJsonObject(record)) return { value: record, notes: [] }
  const claimed = repairClaimedKeys(record)
  const chain = repairForwardingChain(claimed.value)
  return { value: chain.value, notes: [...claimed.notes, ...chain.notes] }
}
