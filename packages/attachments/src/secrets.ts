/**
 * What a description decodes to: key, counter block and hash, each of the right length.
 *
 * Three versions exist. `v2` is the specified one: 64 bits of the counter block count. So they do in
 * `v1`; in a file without `v` all 128 do. Both start from 16 random bytes. Some writers of `v2` do
 * that too, so the counter is taken as it is, where the specification wants it to start at zero.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#sending-encrypted-attachments
 * @see https://github.com/matrix-org/matrix-encrypt-attachment#protocol-versions
 */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import {
  assertBytes,
  type Bytes,
  concatBytes,
  CryptoError,
  randomBytes,
  type RandomBytes,
} from '@roomkeys/crypto/bytes'
import type { AttachmentKey, EncryptedFile } from './encrypted-file.ts'
import { AttachmentError, type AttachmentErrorCode } from './errors.ts'

const VERSION = 'v2'
const KEY_TYPE = 'oct'
const ALGORITHM = 'A256CTR'
const KEY_LENGTH = 32
const BLOCK_LENGTH = 16
const HASH_LENGTH = 32

/** How many bits of the counter block count; the others stay as they are. */
export type CounterBits = 64 | 128

/** A key with the counter block that its file starts from. */
export interface FileSecrets {
  /** 32 bytes. */
  readonly key: Bytes
  /** 16 bytes. */
  readonly counter: Bytes
  readonly counterBits: CounterBits
}

/** Secrets with the hash that the ciphertext must have. */
export interface HashedSecrets extends FileSecrets {
  /** 32 bytes. */
  readonly sha256: Bytes
}

interface Field {
  readonly code: AttachmentErrorCode
  readonly length: number
  readonly title: string
}

function decode(text: string, { code, length, title }: Field): Bytes {
  const bytes = decodeText(text, code, title)
  if (bytes.length === length) return bytes
  throw new AttachmentError(
    code,
    `${title} has ${bytes.length} bytes, where ${length} are expected`,
  )
}

function decodeText(text: string, code: AttachmentErrorCode, title: string): Bytes {
  try {
    return decodeBase64(text)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new AttachmentError(code, `${title} is not base64: ${cause.message}`, { cause })
  }
}

/** From one alphabet to the other; characters of the standard one alone turn into foreign ones. */
function fromUrlSafe(text: string): string {
  return text.replace(/[-_+/]/g, (character) => ({ '-': '+', _: '/' })[character] ?? '*')
}

function decodeKey({ kty, alg, k }: AttachmentKey): Bytes {
  if (kty !== KEY_TYPE || alg !== ALGORITHM)
    throw new AttachmentError('unsupported_algorithm', `The key is not for ${ALGORITHM}`)
  return decode(fromUrlSafe(k), { code: 'malformed_key', length: KEY_LENGTH, title: 'The key' })
}

function counterBitsOf(version: string | undefined): CounterBits {
  if (version === undefined) return 128
  if (version === VERSION || version === 'v1') return 64
  throw new AttachmentError('unsupported_version', 'The file has an unknown version of encryption')
}

function decodeHash(hash: string | undefined): Bytes {
  if (hash === undefined)
    throw new AttachmentError('missing_hash', 'The file has no SHA-256 hash to be verified with')
  return decode(hash, { code: 'malformed_hash', length: HASH_LENGTH, title: 'The hash' })
}

/**
 * Decodes a description whose shape has been checked.
 *
 * @throws AttachmentError
 */
export function decodeSecrets({ v, key, iv, hashes }: EncryptedFile): HashedSecrets {
  return {
    counterBits: counterBitsOf(v),
    key: decodeKey(key),
    counter: decode(iv, { code: 'malformed_iv', length: BLOCK_LENGTH, title: 'The iv' }),
    sha256: decodeHash(hashes.sha256),
  }
}

/** New secrets: the first 8 bytes of the counter block are random, the 8 that count are zero. */
export function newSecrets(random: RandomBytes = randomBytes): FileSecrets {
  const key = Uint8Array.from(assertBytes(random(KEY_LENGTH), KEY_LENGTH, 'random'))
  const prefix = assertBytes(random(BLOCK_LENGTH / 2), BLOCK_LENGTH / 2, 'random')
  return { key, counter: concatBytes(prefix, new Uint8Array(BLOCK_LENGTH / 2)), counterBits: 64 }
}

function toUrlSafe(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_')
}

/** Describes a file, as `v2`. */
export function describeFile({ key, counter }: FileSecrets, sha256: Uint8Array): EncryptedFile {
  return {
    v: VERSION,
    key: {
      kty: KEY_TYPE,
      key_ops: ['encrypt', 'decrypt'],
      alg: ALGORITHM,
      k: toUrlSafe(encodeBase64(key)),
      ext: true,
    },
    iv: encodeBase64(counter),
    hashes: { sha256: encodeBase64(sha256) },
  }
}
