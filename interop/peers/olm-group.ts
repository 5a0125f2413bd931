/**
 * Group sessions of libolm. Its outbound sessions begin at index 0 and advance one message at a time;
 * one at any index is made through the format that it stores sessions in.
 */
import Olm from '@matrix-org/olm'
import { createCipheriv, createHash, createHmac, hkdfSync } from 'node:crypto'

/** An outbound session as anyone could hold it. */
export interface OutboundParts {
  readonly index: number
  /** R0 to R3, 128 bytes. */
  readonly ratchet: Uint8Array
  /** Ed25519 public key and the seed that it is made from. */
  readonly publicKey: Uint8Array
  readonly seed: Uint8Array
}

const STORED_VERSION = 1
const PICKLE_KEY = 'a key for the moment'

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** libolm keeps the hash of a seed that Ed25519 signs with. */
function expanded(seed: Uint8Array): Uint8Array {
  const hash = createHash('sha512').update(seed).digest()
  hash.writeUInt8(hash.readUInt8(0) & 0xf8, 0)
  hash.writeUInt8((hash.readUInt8(31) & 0x7f) | 0x40, 31)
  return hash
}

function pickleOf({ index, ratchet, publicKey, seed }: OutboundParts): string {
  const raw = Buffer.concat([u32(STORED_VERSION), ratchet, u32(index), publicKey, expanded(seed)])
  const keys = Buffer.from(hkdfSync('sha256', PICKLE_KEY, '', 'Pickle', 80))
  const cipher = createCipheriv('aes-256-cbc', keys.subarray(0, 32), keys.subarray(64))
  const ciphertext = Buffer.concat([cipher.update(raw), cipher.final()])
  const mac = createHmac('sha256', keys.subarray(32, 64)).update(ciphertext).digest()
  return Buffer.concat([ciphertext, mac.subarray(0, 8)])
    .toString('base64')
    .replace(/=+$/, '')
}

/** What libolm's outbound session says. */
export interface OlmSent {
  /** The session before its first message, session-sharing format. */
  readonly sharing: string
  /** Its messages, in order. */
  readonly messages: readonly string[]
}

/** Encrypts messages with an outbound session of libolm at any index. */
export function olmGroupEncrypt(parts: OutboundParts, plaintexts: readonly string[]): OlmSent {
  const session = new Olm.OutboundGroupSession()
  try {
    session.unpickle(PICKLE_KEY, pickleOf(parts))
    const sharing = session.session_key()
    return { sharing, messages: plaintexts.map((plaintext) => session.encrypt(plaintext)) }
  } finally {
    session.free()
  }
}

/** A message that libolm decrypted. */
export interface OlmReceived {
  readonly index: number
  readonly plaintext: string
}

/** Decrypts messages with one inbound session of libolm, in the order given. */
export function olmGroupDecryptShared(
  sharing: string,
  messages: readonly string[],
): readonly OlmReceived[] {
  const session = new Olm.InboundGroupSession()
  try {
    session.create(sharing)
    return messages.map((message) => {
      const { message_index, plaintext } = session.decrypt(message)
      // The binding gives the unsigned index as a signed number.
      return { index: message_index >>> 0, plaintext }
    })
  } finally {
    session.free()
  }
}
