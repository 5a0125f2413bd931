/**
 * Reading with a session. A session is a value: decrypting never changes it, so one copy decrypts any
 * message from its index on, in any order. Advancing makes another value.
 */
import { aesCbcDecrypt } from '@roomkeys/crypto/aes'
import { type Bytes, CryptoError, equalBytes } from '@roomkeys/crypto/bytes'
import { ed25519Verify, type SignedMessage } from '@roomkeys/crypto/ed25519'
import { MegolmError } from './errors.ts'
import { decodeMessage, type GroupMessage } from './message.ts'
import { type MessageKeys, messageMac, withMessageKeys } from './message-keys.ts'
import { advance, assertReaches } from './ratchet.ts'
import type { MegolmSession } from './session.ts'
import { serialiseSessionExport } from './session-export.ts'

/** A decrypted message. */
export interface DecryptedMessage {
  readonly plaintext: Bytes
  /** The message's index; for protection against replays. */
  readonly index: number
  /**
   * The session at that index. It decrypts what comes after without stepping the way again, and
   * nothing before: keep the earlier one as well.
   */
  readonly advanced: MegolmSession
}

/** What decrypting can be given. */
export interface DecryptOptions {
  /**
   * Checks an Ed25519 signature by RFC 8032; malformed input is not valid. For a platform that is
   * faster at it than the default, which is nearly all that a message costs.
   */
  readonly verify?: (signed: SignedMessage) => boolean
}

/**
 * The session at a later index; it decrypts nothing before that.
 *
 * @throws MegolmError `index_before_session`
 */
export function advanceTo(session: MegolmSession, index: number): MegolmSession {
  const { ratchet, publicKey } = session
  return { index, ratchet: advance(ratchet, session.index, index), publicKey }
}

/**
 * The session at an index, in the session-export format.
 *
 * @throws MegolmError `index_before_session`
 */
export function exportAt(session: MegolmSession, index: number): string {
  const advanced = advanceTo(session, index)
  const text = serialiseSessionExport(advanced)
  advanced.ratchet.destroy()
  return text
}

function open(message: GroupMessage, { aes, macKey }: MessageKeys): Bytes {
  if (!equalBytes(messageMac(macKey, message.authenticated), message.mac))
    throw new MegolmError('mac_mismatch', 'The MAC of the message does not match')
  try {
    return aesCbcDecrypt(aes, message.ciphertext)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new MegolmError('bad_padding', 'The plaintext of the message is not padded', { cause })
  }
}

/**
 * Decrypts a message: index, signature, MAC, in this order, before anything is decrypted.
 *
 * @param text - the message, base64
 * @throws MegolmError `index_before_session`, `signature_mismatch`, `mac_mismatch`, `bad_padding`, or
 * what decoding it gives
 */
export function decrypt(
  session: MegolmSession,
  text: string,
  { verify = ed25519Verify }: DecryptOptions = {},
): DecryptedMessage {
  const message = decodeMessage(text)
  const { index, signed, signature } = message
  assertReaches(session.index, index)
  if (!verify({ publicKey: session.publicKey, message: signed, signature }))
    throw new MegolmError('signature_mismatch', "The message is not signed by the session's key")
  const advanced = advanceTo(session, index)
  try {
    const plaintext = withMessageKeys(advanced.ratchet, (keys) => open(message, keys))
    return { plaintext, index, advanced }
  } catch (error) {
    advanced.ratchet.destroy()
    throw error
  }
}
