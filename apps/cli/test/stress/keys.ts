/** Keys in any number, made as they are taken: random bytes, with which nothing encrypts or verifies. */
import type { SessionToSeal } from '@roomkeys/backup'
import { randomBytes } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { serialiseSessionExport, sessionIdOf } from '@roomkeys/megolm'
import { roomId, sessionId } from '@roomkeys/types'

/** Keys of a room. */
const KEYS_PER_ROOM = 500

function sessionAt(position: number): SessionToSeal {
  const megolm = {
    index: 0,
    ratchet: new SecretBytes(randomBytes(128)),
    publicKey: randomBytes(32),
  }
  const session = {
    algorithm: 'm.megolm.v1.aes-sha2',
    sender_key: 'zEtRutoiRoaYJNQM4CT+NlEKn7+Nj2HtevfRibqoH0U',
    sender_claimed_keys: { ed25519: 'zEtRutoiRoaYJNQM4CT+NlEKn7+Nj2HtevfRibqoH0U' },
    forwarding_curve25519_key_chain: [],
    session_key: serialiseSessionExport(megolm),
  }
  const room = roomId(`!room${Math.floor(position / KEYS_PER_ROOM)}:example.org`)
  const id = sessionId(sessionIdOf(megolm))
  return { roomId: room, sessionId: id, session, isVerified: true, forwardedCount: 0 }
}

/** So many sessions, room by room. */
export function* stressSessions(keys: number): Generator<SessionToSeal> {
  for (let position = 0; position < keys; position++) yield sessionAt(position)
}
