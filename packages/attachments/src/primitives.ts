/**
 * The primitives of attachments, by provider: the platform's, which is many times faster, and
 * plain TypeScript where the platform has none. All give the same bytes.
 */
import { aesCtr } from '@roomkeys/crypto/aes'
import type { Bytes } from '@roomkeys/crypto/bytes'
import { platformSubtle } from '@roomkeys/crypto/platform-crypto'
import { incrementalSha256 } from '@roomkeys/crypto/sha256'
import { sha256 } from '@noble/hashes/sha2.js'

/**
 * AES-256-CTR under one key: encrypts or decrypts data from a counter block on, 16 bytes. The last 8
 * bytes of the block never overflow within one call.
 */
export type CtrCipher = (counter: Bytes, data: Bytes) => Bytes | Promise<Bytes>

/** SHA-256 of data that comes in parts. Node's `createHash('sha256')` is one as well. */
export interface Sha256 {
  readonly update: (data: Uint8Array) => unknown
  /** Called once, at the end. */
  readonly digest: () => Uint8Array
}

/** A provider of the primitives. */
export interface Primitives {
  /** The cipher of a key, 32 bytes. */
  readonly aesCtr: (key: Bytes) => CtrCipher
  /** SHA-256 of data that is there as a whole. */
  readonly sha256: (data: Bytes) => Bytes | Promise<Bytes>
  /** Starts a SHA-256 of data that comes in parts. */
  readonly startSha256: () => Sha256
}

/** Plain TypeScript. */
export const noblePrimitives: Primitives = {
  aesCtr: (key) => (counter, data) => aesCtr({ key, iv: counter }, data),
  sha256: (data) => Uint8Array.from(sha256(data)),
  startSha256: () => sha256.create(),
}

const CTR = 'AES-CTR'
const COUNTER_BITS = 64

/** WebCrypto; it has no SHA-256 of data that comes in parts, so that is OpenSSL or plain TypeScript. */
export function webCryptoPrimitives(subtle: SubtleCrypto): Primitives {
  return {
    aesCtr: (key) => {
      let imported: Promise<CryptoKey> | undefined
      return async (counter, data) => {
        imported ??= subtle.importKey('raw', key, CTR, false, ['encrypt'])
        const parameters = { name: CTR, counter, length: COUNTER_BITS }
        return new Uint8Array(await subtle.encrypt(parameters, await imported, data))
      }
    },
    sha256: async (data) => new Uint8Array(await subtle.digest('SHA-256', data)),
    startSha256: incrementalSha256,
  }
}

/** WebCrypto where the platform has it, else plain TypeScript. */
export function platformPrimitives(): Primitives {
  const subtle = platformSubtle()
  return subtle === undefined ? noblePrimitives : webCryptoPrimitives(subtle)
}
