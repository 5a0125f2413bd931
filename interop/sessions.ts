/** Random sessions that are real: libolm makes each, so that every peer takes it. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { type ExportedSessionData, type JsonObject, MEGOLM_V1 } from '@roomkeys/types'
import fc from 'fast-check'
import { base64Of, ratchetIndex, unknownKeys, without } from './arbitraries.ts'
import { olmExportAt, olmOutboundSession } from './peers/olm.ts'

/** What is random about a session, but for its keys. */
export interface SessionDraft {
  readonly index: number
  readonly room: string
  readonly senderKey: string
  readonly claimedKey: string
  readonly chain: readonly string[]
  readonly sharedHistory: boolean | undefined
  readonly unknown: JsonObject
}

/** Ed25519 public keys: peers refuse bytes that are no point of the curve. */
const CLAIMED_KEYS = [1, 2, 3, 4].map((byte) =>
  encodeBase64(ed25519PublicKey(new Uint8Array(32).fill(byte))),
)

/** Room ids with characters of every kind, but for the colon that ends the local part. */
const anyRoomId = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => `!${text.replaceAll(':', '_')}:example.org`)

/** Draws what a session is to be; {@link makeSession} makes it. */
export const sessionDraft: fc.Arbitrary<SessionDraft> = fc.record({
  index: ratchetIndex,
  room: fc.oneof(anyRoomId, fc.constantFrom('!a:example.org', '!b:example.org')),
  senderKey: base64Of(32),
  claimedKey: fc.constantFrom(...CLAIMED_KEYS),
  chain: fc.array(base64Of(32), { maxLength: 3 }),
  sharedHistory: fc.option(fc.boolean(), { nil: undefined }),
  unknown: unknownKeys.map((unknown) => without(unknown, ['m.shared_history'])),
})

/** Makes a session with libolm and exports it at the index that was drawn. */
export function makeSession(draft: SessionDraft): ExportedSessionData {
  const { sessionId, sharing } = olmOutboundSession('')
  return {
    ...draft.unknown,
    ...(draft.sharedHistory === undefined ? {} : { 'm.shared_history': draft.sharedHistory }),
    algorithm: MEGOLM_V1,
    forwarding_curve25519_key_chain: draft.chain,
    room_id: draft.room,
    sender_claimed_keys: { ed25519: draft.claimedKey },
    sender_key: draft.senderKey,
    session_id: sessionId,
    session_key: olmExportAt(sharing, draft.index),
  }
}

/**
 * What the Rust stack keeps of a session that it reads from a file: the specified keys, and
 * `m.shared_history`, which it sets where it is missing.
 */
export function asRustReads(session: ExportedSessionData): ExportedSessionData {
  return {
    algorithm: session.algorithm,
    forwarding_curve25519_key_chain: session.forwarding_curve25519_key_chain,
    'm.shared_history': session['m.shared_history'] ?? false,
    room_id: session.room_id,
    sender_claimed_keys: session.sender_claimed_keys,
    sender_key: session.sender_key,
    session_id: session.session_id,
    session_key: session.session_key,
  }
}

/** What the Rust stack gives back of a session that it imported: it also forgets who forwarded it. */
export function asRustStores(session: ExportedSessionData): ExportedSessionData {
  return { ...asRustReads(session), forwarding_curve25519_key_chain: [] }
}

/** Sessions in the order of their ids. */
export function sorted<T extends { readonly session_id: string }>(sessions: readonly T[]): T[] {
  return sessions.toSorted((a, b) => (a.session_id < b.session_id ? -1 : 1))
}
