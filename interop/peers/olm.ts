/** libolm, as `@matrix-org/olm` ships it: the few calls that are used here, with nothing leaked. */
import Olm from '@matrix-org/olm'
import type { SessionDataV1 } from '@roomkeys/types'

/** Loads libolm; before anything else. */
export async function initOlm(): Promise<void> {
  await Olm.init()
}

interface Freeable {
  free(): void
}

/** Uses an object of libolm's heap and frees it, whatever happens. */
function freeing<T extends Freeable, R>(object: T, use: (object: T) => R): R {
  try {
    return use(object)
  } finally {
    object.free()
  }
}

/** The public key of a private key, unpadded base64. */
export function olmPublicKey(privateKey: Uint8Array): string {
  return freeing(new Olm.PkDecryption(), (key) => key.init_with_private_key(privateKey))
}

/** Encrypts to a public key. */
export function olmPkEncrypt(publicKey: string, plaintext: string): SessionDataV1 {
  return freeing(new Olm.PkEncryption(), (encryption) => {
    encryption.set_recipient_key(publicKey)
    return { ...encryption.encrypt(plaintext) }
  })
}

/** Checks the MAC and decrypts. */
export function olmPkDecrypt(privateKey: Uint8Array, message: SessionDataV1): string {
  return freeing(new Olm.PkDecryption(), (decryption) => {
    decryption.init_with_private_key(privateKey)
    return decryption.decrypt(message.ephemeral, message.mac, message.ciphertext)
  })
}

/** A new Megolm session, and its first message. */
export interface OlmOutboundSession {
  readonly sessionId: string
  /** The session at index 0, session-sharing format. */
  readonly sharing: string
  /** A message at index 0. */
  readonly message: string
}

/** Makes a Megolm session and encrypts one message with it. */
export function olmOutboundSession(plaintext: string): OlmOutboundSession {
  return freeing(new Olm.OutboundGroupSession(), (session) => {
    session.create()
    return {
      sessionId: session.session_id(),
      sharing: session.session_key(),
      message: session.encrypt(plaintext),
    }
  })
}

/** What libolm makes of a session key. */
export interface OlmInboundSession {
  readonly sessionId: string
  readonly index: number
}

function describe(session: Olm.InboundGroupSession): OlmInboundSession {
  // The binding gives the unsigned index as a signed number.
  return { sessionId: session.session_id(), index: session.first_known_index() >>> 0 }
}

/** Reads a session in the session-sharing format; libolm checks its signature. */
export function olmReadSharing(sharing: string): OlmInboundSession {
  return freeing(new Olm.InboundGroupSession(), (session) => {
    session.create(sharing)
    return describe(session)
  })
}

/** Reads a session in the session-export format. */
export function olmReadExport(exported: string): OlmInboundSession {
  return freeing(new Olm.InboundGroupSession(), (session) => {
    session.import_session(exported)
    return describe(session)
  })
}

/** libolm advances by less than 2^31 at a time. */
const LONGEST_ADVANCE = 2 ** 31 - 1

/** The greatest index that two advances reach. */
export const OLM_LAST_INDEX = 2 * LONGEST_ADVANCE

/** A session at a later index, session-export format. */
export function olmExportAt(sharing: string, index: number): string {
  return freeing(new Olm.InboundGroupSession(), (session) => {
    session.create(sharing)
    const halfway = Math.max(describe(session).index, Math.min(index, LONGEST_ADVANCE))
    return reexportAt(session.export_session(halfway), index)
  })
}

function reexportAt(exported: string, index: number): string {
  return freeing(new Olm.InboundGroupSession(), (session) => {
    session.import_session(exported)
    return session.export_session(index)
  })
}

/** Decrypts a message with a session in the session-export format. */
export function olmGroupDecrypt(exported: string, message: string): string {
  return freeing(new Olm.InboundGroupSession(), (session) => {
    session.import_session(exported)
    return session.decrypt(message).plaintext
  })
}

/** Signs a text with an Ed25519 seed; unpadded base64. */
export function olmSign(seed: Uint8Array, text: string): string {
  return freeing(new Olm.PkSigning(), (signing) => {
    signing.init_with_seed(seed)
    return signing.sign(text)
  })
}

/** A signature beside what it is checked against; key and signature in unpadded base64. */
export interface SignedText {
  readonly publicKey: string
  readonly text: string
  readonly signature: string
}

/** Whether libolm takes a signature. */
export function olmVerifies({ publicKey, text, signature }: SignedText): boolean {
  return freeing(new Olm.Utility(), (utility) => {
    try {
      utility.ed25519_verify(publicKey, text, signature)
      return true
    } catch {
      return false
    }
  })
}
