/** Sessions that hold together, made of little. */
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { type ExportedSessionData, MEGOLM_V1 } from '@roomkeys/types'
import fc from 'fast-check'

/** The room of all bundles here. */
export const ROOM = '!room:example.org'

/** Who sends them. */
export const ALICE = '@alice:example.org'

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}

const keys = new Map<number, Uint8Array>()

/** The Ed25519 public key of a seed of 32 equal bytes. */
function publicKey(byte: number): Uint8Array {
  const key = keys.get(byte) ?? ed25519PublicKey(new Uint8Array(32).fill(byte))
  keys.set(byte, key)
  return key
}

/** The same, unpadded base64. */
export function keyText(byte: number): string {
  return unpadded(publicKey(byte))
}

function sessionKey(seed: number, index: number): string {
  const bytes = new Uint8Array(165).fill(seed + 1, 5, 133)
  bytes.set(publicKey(seed), 133)
  bytes[0] = 1
  new DataView(bytes.buffer).setUint32(1, index)
  return unpadded(bytes)
}

/** What is special about a session. */
export interface SessionDraft {
  /** Chooses the session, 0 to 254. */
  readonly seed: number
  readonly index?: number
  /** Fields that replace others. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** A session of {@link ROOM} that may be shared. */
export function makeSession({ seed, index = 0, fields = {} }: SessionDraft): ExportedSessionData {
  return {
    algorithm: MEGOLM_V1,
    forwarding_curve25519_key_chain: [],
    room_id: ROOM,
    sender_key: keyText(1),
    sender_claimed_keys: { ed25519: keyText(2) },
    session_id: keyText(seed),
    session_key: sessionKey(seed, index),
    shared_history: true,
    ...fields,
  }
}

/** The same as an entry of a bundle. */
export function makeEntry(draft: SessionDraft): Record<string, unknown> {
  const left = ['shared_history', 'forwarding_curve25519_key_chain']
  return Object.fromEntries(
    Object.entries(makeSession(draft)).filter(([name]) => !left.includes(name)),
  )
}

/** Drafts of sessions that may be shared, that may not, and that are in other rooms. */
export const sessionDraft: fc.Arbitrary<SessionDraft> = fc.record({
  seed: fc.nat(20),
  index: fc.nat(5),
  fields: fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    fc.constantFrom(
      { shared_history: false },
      { shared_history: undefined },
      { room_id: '!other:example.org' },
      { algorithm: 'm.olm.v1' },
      { session_id: keyText(200) },
      { session_key: 'AQ' },
      { sender_key: '' },
      { sender_claimed_keys: {} },
    ),
  ),
})
