/** The vectors of the Rust stack, and the providers that everything is run with. */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import type { Bytes } from '@roomkeys/crypto/bytes'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { EncryptedFile } from '../src/encrypted-file.ts'
import { noblePrimitives, platformPrimitives, type Primitives } from '../src/primitives.ts'

/** A file that the Rust stack encrypted. */
export interface Vector {
  readonly sha256_plaintext: string
  readonly length: number
  readonly ciphertext: string
  readonly file: EncryptedFile
}

interface VectorFile {
  readonly attachments: readonly Vector[]
}

const path = new URL('../../../vectors/attachments-rust.json', import.meta.url)

const vectors = JSON.parse(readFileSync(path, 'utf8')) as VectorFile

/** All files of the vectors. */
export const attachments: readonly Vector[] = vectors.attachments

/** The ciphertext of a vector. */
export function ciphertextOf({ ciphertext }: Vector): Bytes {
  return decodeBase64(ciphertext)
}

/** SHA-256 by Node, in hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Providers by name. */
export const providers: readonly (readonly [string, Primitives])[] = [
  ['plain TypeScript', noblePrimitives],
  ['the platform', platformPrimitives()],
  [
    'the platform, and SHA-256 of Node',
    { ...platformPrimitives(), startSha256: () => createHash('sha256') },
  ],
]
