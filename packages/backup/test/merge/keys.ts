/** Keys of sessions, genuine ones and copies that somebody forged. */
import { SecretBytes } from '@roomkeys/crypto/secret'
import {
  advanceTo,
  type MegolmSession,
  type Provenance,
  serialiseSessionExport,
  sessionIdOf,
} from '@roomkeys/megolm'
import { type JsonObject, MEGOLM_V1, roomId, sessionId } from '@roomkeys/types'
import type { IncomingKey } from '../../src/merge.ts'
import type { RoomKeyStore, StoredSession } from '../../src/ports.ts'

/** What tells one key from another. */
export interface KeyDraft {
  /** Which session. */
  readonly session?: number
  readonly index?: number
  /** 0 is the genuine ratchet, others are forged. */
  readonly ratchet?: number
  readonly kind?: Exclude<Provenance['kind'], 'key_bundle'>
  /** Members of the record that replace or join the usual ones. */
  readonly record?: JsonObject
  readonly room?: string
}

const made = new Map<string, MegolmSession>()

/** The public key of every copy of a session is the same; the ratchets are not. */
function megolmOf({ session = 0, index = 0, ratchet = 0 }: KeyDraft): MegolmSession {
  const name = [session, index, ratchet].join()
  const known = made.get(name)
  if (known !== undefined) return known
  const bytes = new Uint8Array(128).fill(ratchet * 16 + session + 1)
  const publicKey = new Uint8Array(32).fill(session + 1)
  const megolm = advanceTo({ index: 0, ratchet: new SecretBytes(bytes), publicKey }, index)
  made.set(name, megolm)
  return megolm
}

/** Makes a key. */
export function keyOf(draft: KeyDraft = {}): IncomingKey {
  const megolm = megolmOf(draft)
  const { kind = 'export_file', record = {}, room = '!room:example.org' } = draft
  return {
    roomId: roomId(room),
    sessionId: sessionId(sessionIdOf(megolm)),
    provenance: { kind },
    session: {
      algorithm: MEGOLM_V1,
      forwarding_curve25519_key_chain: [],
      sender_claimed_keys: { ed25519: 'claimed key' },
      sender_key: 'sender key',
      session_key: serialiseSessionExport(megolm),
      ...record,
    },
  }
}

/** The session key of a draft. */
export function sessionKeyOf(draft: KeyDraft): string {
  return serialiseSessionExport(megolmOf(draft))
}

/** Every session of a store by address, so that the order in which it gives them makes no difference. */
export async function contentOf(
  store: RoomKeyStore,
): Promise<Readonly<Record<string, StoredSession>>> {
  const content: [string, StoredSession][] = []
  for await (const session of store.sessions())
    content.push([`${session.roomId} ${session.sessionId}`, session])
  return Object.fromEntries(content)
}
