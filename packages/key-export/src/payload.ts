/**
 * The bytes of a key export, without the text around them and without policy.
 *
 * 0x01, salt (16), IV (16), rounds (4, big-endian), AES-256-CTR ciphertext, HMAC-SHA-256 of all
 * before it (32).
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#key-export-format
 */
import { aesCtr } from '@roomkeys/crypto/aes'
import { type Bytes, concatBytes, equalBytes } from '@roomkeys/crypto/bytes'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { pbkdf2Sha512, type Pbkdf2Options } from '@roomkeys/crypto/pbkdf2'
import { KeyExportError } from './errors.ts'

const VERSION = 1
const SALT_OFFSET = 1
const IV_OFFSET = SALT_OFFSET + 16
const ROUNDS_OFFSET = IV_OFFSET + 16
const CIPHERTEXT_OFFSET = ROUNDS_OFFSET + 4
const KEY_LENGTH = 32

/** Length of what stands before the ciphertext, in bytes. */
export const HEADER_LENGTH: number = CIPHERTEXT_OFFSET
/** Length of the MAC after the ciphertext, in bytes. */
export const MAC_LENGTH = 32

/** What a payload says in the clear. */
export interface PayloadHeader {
  /** 16 bytes. */
  readonly salt: Uint8Array
  /** The CTR counter block that the ciphertext starts from, 16 bytes. */
  readonly iv: Uint8Array
  /** PBKDF2 rounds. */
  readonly rounds: number
}

/** A payload in its parts. */
export interface Payload extends PayloadHeader {
  readonly ciphertext: Uint8Array
  readonly mac: Uint8Array
  /** All bytes that the MAC covers. */
  readonly authenticated: Uint8Array
}

/** The two keys of a payload, 32 bytes each. */
export interface PayloadKeys {
  readonly aesKey: Uint8Array
  readonly macKey: Uint8Array
}

/**
 * Reads what a payload says in the clear.
 *
 * @param bytes - the payload, or its beginning up to the length of header and MAC
 * @throws KeyExportError `too_short` or `unsupported_version`
 */
export function parsePayloadHeader(bytes: Bytes): PayloadHeader {
  if (bytes.length < CIPHERTEXT_OFFSET + MAC_LENGTH)
    throw new KeyExportError('too_short', 'The file is too short: most of it is missing')
  if (bytes[0] !== VERSION)
    throw new KeyExportError('unsupported_version', 'The file has an unknown format version')
  return {
    salt: bytes.subarray(SALT_OFFSET, IV_OFFSET),
    iv: bytes.subarray(IV_OFFSET, ROUNDS_OFFSET),
    rounds: new DataView(bytes.buffer, bytes.byteOffset).getUint32(ROUNDS_OFFSET),
  }
}

/** Writes what a payload says in the clear. */
export function serialisePayloadHeader({ salt, iv, rounds }: PayloadHeader): Bytes {
  const roundsBytes = new Uint8Array(4)
  new DataView(roundsBytes.buffer).setUint32(0, rounds)
  return concatBytes(Uint8Array.of(VERSION), salt, iv, roundsBytes)
}

/**
 * Takes a payload apart.
 *
 * @throws KeyExportError `too_short` or `unsupported_version`
 */
export function parsePayload(bytes: Bytes): Payload {
  return {
    ...parsePayloadHeader(bytes),
    ciphertext: bytes.subarray(CIPHERTEXT_OFFSET, -MAC_LENGTH),
    mac: bytes.subarray(-MAC_LENGTH),
    authenticated: bytes.subarray(0, -MAC_LENGTH),
  }
}

/** Derives the keys of a payload from the passphrase, used as its UTF-8 bytes. */
export async function derivePayloadKeys(
  passphrase: string,
  { salt, rounds }: Pick<PayloadHeader, 'salt' | 'rounds'>,
  options?: Pbkdf2Options,
): Promise<PayloadKeys> {
  const keys = await pbkdf2Sha512(passphrase, { salt, rounds, length: 2 * KEY_LENGTH }, options)
  return { aesKey: keys.subarray(0, KEY_LENGTH), macKey: keys.subarray(KEY_LENGTH) }
}

/** How much of the ciphertext {@link refusalOf} looks at. */
export const PROBE_LENGTH = 16

/**
 * Whether decryption under this key begins like the JSON array that an export holds, which tells a
 * damaged file from a wrong passphrase. Noise of the whole probe does so about once in 10^9 times; a
 * shorter ciphertext holds no session and could not tell.
 */
function beginsLikeAnExport(iv: Uint8Array, ciphertext: Uint8Array, key: Uint8Array): boolean {
  if (ciphertext.length < PROBE_LENGTH) return false
  const begin = aesCtr({ key, iv }, ciphertext.subarray(0, PROBE_LENGTH))
  return begin[0] === '['.charCodeAt(0) && begin.every((byte) => byte >= 0x20 && byte < 0x7f)
}

/** Why a payload whose MAC does not match is refused; the beginning of its ciphertext is enough. */
export function refusalOf(
  { iv, ciphertext }: Pick<Payload, 'iv' | 'ciphertext'>,
  { aesKey }: PayloadKeys,
): KeyExportError {
  if (beginsLikeAnExport(iv, ciphertext, aesKey))
    return new KeyExportError('damaged', 'The passphrase is right, but the file is damaged')
  return new KeyExportError(
    'wrong_passphrase',
    'The passphrase is wrong, or the beginning of the file is damaged',
  )
}

/**
 * Checks and decrypts a payload.
 *
 * @throws KeyExportError `wrong_passphrase` or `damaged`. A file whose salt, rounds, IV or first
 * bytes are damaged looks like a wrong passphrase; nothing in the format tells the two apart.
 */
export function openPayload(payload: Payload, keys: PayloadKeys): Bytes {
  if (!equalBytes(hmacSha256(keys.macKey, payload.authenticated), payload.mac))
    throw refusalOf(payload, keys)
  return aesCtr({ key: keys.aesKey, iv: payload.iv }, payload.ciphertext)
}

/** Encrypts a payload. */
export function sealPayload(
  plaintext: Uint8Array,
  header: PayloadHeader,
  { aesKey, macKey }: PayloadKeys,
): Bytes {
  const ciphertext = aesCtr({ key: aesKey, iv: header.iv }, plaintext)
  const authenticated = concatBytes(serialisePayloadHeader(header), ciphertext)
  return concatBytes(authenticated, hmacSha256(macKey, authenticated))
}
