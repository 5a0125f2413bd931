// A v1 backup of any size, made as it is read: real entries that open with the key below, in seconds a
// million. What takes the time of a real one is an agreement for each entry: here a few hundred are
// recycled. No two sessions, session ids or ciphertexts are alike.
import { type DecryptionKey, decryptionKeyFromBytes } from '@roomkeys/backup'
import { platformAgreements } from '@roomkeys/crypto/agreements'
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { hkdfSha256 } from '@roomkeys/crypto/hkdf'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import type { Agreement } from '@roomkeys/crypto/x25519'
import { MEGOLM_BACKUP_V1, MEGOLM_V1 } from '@roomkeys/types'
import { createCipheriv, createHash } from 'node:crypto'

/** Agreements that are recycled. */
const AGREEMENTS = 256
const KEYS_PER_ROOM = 250
/** Bytes that are handed on at a time, about. */
const PIECE_LENGTH = 65_536
/** Version byte, index, ratchet, public key. */
const SESSION_KEY_LENGTH = 1 + 4 + 128 + 32
const RATCHET_OFFSET = 5
const PUBLIC_KEY_OFFSET = 133

/** The key of every synthetic backup, the same in all processes. It protects nothing. */
export const SYNTHETIC_KEY: DecryptionKey = decryptionKeyFromBytes(digest('synthetic backup'))

/** A session of a synthetic backup. */
export interface SyntheticSession {
  readonly roomId: string
  readonly sessionId: string
  readonly session: {
    readonly algorithm: string
    readonly forwarding_curve25519_key_chain: readonly string[]
    readonly sender_claimed_keys: { readonly ed25519: string }
    readonly sender_key: string
    readonly session_key: string
  }
}

function digest(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(text).digest())
}

function unpadded(bytes: Buffer): string {
  const text = bytes.toString('base64')
  const padding = (3 - (bytes.length % 3)) % 3
  return padding === 0 ? text : text.slice(0, -padding)
}

/** Bytes that look random, of which each session takes a slice; its number makes it one of a kind. */
const POOL = Buffer.concat(Array.from({ length: 256 }, (_, n) => digest(`pool ${n}`)))
const SENDERS = Array.from({ length: 997 }, (_, n) => ({
  sender_key: unpadded(Buffer.from(digest(`sender ${n}`))),
  sender_claimed_keys: { ed25519: unpadded(Buffer.from(digest(`claimed ${n}`))) },
}))

/** The session key of a number, with a public key that no other has. */
function sessionKeyBytes(number: number): Buffer {
  const bytes = Buffer.allocUnsafe(SESSION_KEY_LENGTH)
  POOL.copy(bytes, RATCHET_OFFSET, (number * 31) % 8000, ((number * 31) % 8000) + 160)
  bytes[0] = 1
  bytes.writeUInt32BE(0, 1)
  bytes.writeUInt32BE(number, RATCHET_OFFSET)
  bytes.writeUInt32BE(Math.imul(number + 1, 0x9e3779b1) >>> 0, PUBLIC_KEY_OFFSET)
  bytes.writeUInt32BE(number, PUBLIC_KEY_OFFSET + 4)
  return bytes
}

/** The session of a number. */
export function syntheticSession(number: number): SyntheticSession {
  const bytes = sessionKeyBytes(number)
  const { sender_key = '', sender_claimed_keys = { ed25519: '' } } =
    SENDERS[number % SENDERS.length] ?? {}
  return {
    roomId: `!room${Math.floor(number / KEYS_PER_ROOM)}:example.org`,
    sessionId: unpadded(bytes.subarray(PUBLIC_KEY_OFFSET)),
    session: {
      algorithm: MEGOLM_V1,
      forwarding_curve25519_key_chain: [],
      sender_claimed_keys,
      sender_key,
      session_key: unpadded(bytes),
    },
  }
}

/** What an agreement gives, ready for any number of entries. */
interface Sealing {
  readonly encrypt: (plaintext: string) => Buffer
  readonly ephemeral: string
  readonly mac: string
}

const BLOCK = 16

/** Plaintext with PKCS#7 padding. */
function padded(text: string): Buffer {
  const length = text.length + BLOCK - (text.length % BLOCK)
  const bytes = Buffer.alloc(length, length - text.length)
  bytes.write(text, 'latin1')
  return bytes
}

/**
 * CBC from the same initialisation vector each time, by one cipher that goes on: to begin a cipher costs
 * more than all the rest. What it would chain the first block with is taken back out.
 */
function encryptor(key: Uint8Array, iv: Uint8Array): Sealing['encrypt'] {
  const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  let last: Uint8Array = iv
  return (plaintext) => {
    const bytes = padded(plaintext)
    for (let at = 0; at < BLOCK; at++)
      bytes[at] = (bytes[at] ?? 0) ^ (iv[at] ?? 0) ^ (last[at] ?? 0)
    const ciphertext = cipher.update(bytes)
    last = ciphertext.subarray(-BLOCK)
    return ciphertext
  }
}

function sealingOf({ ephemeral, sharedSecret }: Agreement): Sealing {
  if (sharedSecret === null) throw new TypeError('The key is of low order')
  const derived = hkdfSha256(sharedSecret, { length: 80 })
  return {
    encrypt: encryptor(derived.subarray(0, 32), derived.subarray(64, 80)),
    ephemeral: encodeBase64(ephemeral),
    mac: encodeBase64(hmacSha256(derived.subarray(32, 64), new Uint8Array()).subarray(0, 8)),
  }
}

/** `"session id":{…}`, as it stands in the answer. */
function memberOf(number: number, { encrypt, ephemeral, mac }: Sealing): string {
  const { sessionId, session } = syntheticSession(number)
  const ciphertext = unpadded(encrypt(JSON.stringify(session)))
  return (
    `"${sessionId}":{"first_message_index":0,"forwarded_count":0,"is_verified":true,` +
    `"session_data":{"ciphertext":"${ciphertext}","ephemeral":"${ephemeral}","mac":"${mac}"}}`
  )
}

/** What stands before the entry of a number: the beginning of its room, or a comma. */
function before(number: number): string {
  if (number % KEYS_PER_ROOM !== 0) return ','
  const { roomId } = syntheticSession(number)
  return `${number === 0 ? '' : '}},'}"${roomId}":{"sessions":{`
}

/** What a synthetic backup is like. */
export interface SyntheticOptions {
  readonly keys: number
  /** `recycled` unless given; `own` takes as long as it takes any sender: some 50 microseconds a key. */
  readonly agreements?: 'recycled' | 'own'
}

async function newSealings(): Promise<readonly Sealing[]> {
  return (await platformAgreements(decodeBase64(SYNTHETIC_KEY.publicKey), AGREEMENTS)).map(
    sealingOf,
  )
}

/** The body of `GET /room_keys/keys`, in pieces. */
export async function* syntheticBody({
  keys,
  agreements = 'recycled',
}: SyntheticOptions): AsyncGenerator<Buffer, void> {
  let sealings = await newSealings()
  let text = '{"rooms":{'
  for (let number = 0; number < keys; number++) {
    const turn = number % AGREEMENTS
    if (agreements === 'own' && turn === 0) sealings = await newSealings()
    const sealing = sealings[turn]
    if (sealing === undefined) throw new TypeError('There are too few agreements')
    text += before(number) + memberOf(number, sealing)
    if (text.length < PIECE_LENGTH) continue
    yield Buffer.from(text, 'latin1')
    text = ''
  }
  yield Buffer.from(`${text}${keys === 0 ? '' : '}}'}}}`, 'latin1')
}

/** The record of a version, as the server gives it. */
export interface SyntheticVersion {
  readonly algorithm: string
  readonly auth_data: { readonly public_key: string; readonly signatures: object }
  readonly count: number
  readonly etag: string
  readonly version: string
}

/** What the server says of a backup of so many keys. */
export function syntheticVersion(keys: number): SyntheticVersion {
  const auth_data = { public_key: SYNTHETIC_KEY.publicKey, signatures: {} }
  return { algorithm: MEGOLM_BACKUP_V1, auth_data, count: keys, etag: '1', version: '1' }
}
