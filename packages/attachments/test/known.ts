/** Files with known keys. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import type { Bytes } from '@roomkeys/crypto/bytes'
import { createHash } from 'node:crypto'
import type { EncryptedFile } from '../src/encrypted-file.ts'

/** Bytes that differ from their neighbours and from those a block away. */
export function pattern(length: number): Bytes {
  return new Uint8Array(length).map((_, position) => (position * 7 + (position >> 8)) % 251)
}

/** A key. */
export const KEY: Bytes = Uint8Array.from({ length: 32 }, (_, position) => position + 1)

/** What a file is described with. */
export interface Description {
  readonly ciphertext: Uint8Array
  readonly counter: Uint8Array
  readonly version?: string
  readonly key?: Uint8Array
}

/** Describes a file by hand. */
export function describe({ ciphertext, counter, version, key = KEY }: Description): EncryptedFile {
  return {
    ...(version === undefined ? {} : { v: version }),
    key: {
      kty: 'oct',
      key_ops: ['encrypt', 'decrypt'],
      alg: 'A256CTR',
      k: Buffer.from(key).toString('base64url'),
      ext: true,
    },
    iv: encodeBase64(counter),
    hashes: { sha256: encodeBase64(createHash('sha256').update(ciphertext).digest()) },
  }
}
