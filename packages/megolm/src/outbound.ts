/** Writing with a session: only its maker, who holds the seed of its key, can. */
import { aesCbcEncrypt } from '@roomkeys/crypto/aes'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { concatBytes, type RandomBytes, randomBytes } from '@roomkeys/crypto/bytes'
import { ED25519_KEY_LENGTH, ed25519PublicKey, ed25519Sign } from '@roomkeys/crypto/ed25519'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { MegolmError } from './errors.ts'
import { advanceTo } from './inbound.ts'
import { encodePayload } from './message.ts'
import { messageMac, withMessageKeys } from './message-keys.ts'
import { MAX_INDEX, RATCHET_LENGTH } from './ratchet.ts'
import type { MegolmSession } from './session.ts'
import { serialiseSessionSharing, signSession } from './session-sharing.ts'

/** A session that its maker writes with; `index` is that of the next message. */
export interface OutboundSession extends MegolmSession {
  /** Seed of the session's Ed25519 key, 32 bytes; every value of a session shares this holder. */
  readonly seed: SecretBytes
}

/** An encrypted message. */
export interface EncryptedMessage {
  /** The message, unpadded base64. */
  readonly ciphertext: string
  /** The index that it took. */
  readonly index: number
  /** The session for the next message. Never encrypt twice with one value: store this one first. */
  readonly next: OutboundSession
}

/**
 * Makes a session at index 0.
 *
 * @param random - the source of its 160 secret bytes
 */
export function createOutboundSession(random: RandomBytes = randomBytes): OutboundSession {
  const [ratchet, seed] = [random(RATCHET_LENGTH), random(ED25519_KEY_LENGTH)]
  const session = {
    index: 0,
    ratchet: new SecretBytes(ratchet),
    publicKey: ed25519PublicKey(seed),
    seed: new SecretBytes(seed),
  }
  ratchet.fill(0)
  seed.fill(0)
  return session
}

/** Encrypts and signs one message at the session's index. */
function seal({ index, ratchet, seed }: OutboundSession, plaintext: Uint8Array): string {
  const signed = withMessageKeys(ratchet, ({ aes, macKey }) => {
    const payload = encodePayload({ index, ciphertext: aesCbcEncrypt(aes, plaintext) })
    return concatBytes(payload, messageMac(macKey, payload))
  })
  return encodeBase64(concatBytes(signed, ed25519Sign(seed.expose(), signed)))
}

/**
 * Encrypts a message.
 *
 * @throws MegolmError `session_exhausted` at the last index, after which there is no next session
 */
export function encrypt(session: OutboundSession, plaintext: Uint8Array): EncryptedMessage {
  const { index, seed } = session
  if (index >= MAX_INDEX)
    throw new MegolmError('session_exhausted', 'The session has no index left: make a new one')
  const ciphertext = seal(session, plaintext)
  return { ciphertext, index, next: { ...advanceTo(session, index + 1), seed } }
}

/** The session at its current index, signed, in the session-sharing format: what others are sent. */
export function sessionSharingKey(session: OutboundSession): string {
  return serialiseSessionSharing(signSession(session, session.seed.expose()))
}
