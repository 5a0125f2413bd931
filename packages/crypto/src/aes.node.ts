/** AES-256 in the two modes that Matrix uses, by OpenSSL: for Node, Bun and Deno. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { type AesParameters, assertBlocks, badPadding, checked } from './aes-parameters.ts'
import { type Bytes, joinBytes } from './bytes.ts'
import { cipherKey, KEY_OPTIONS } from './cipher-key.node.ts'

export { AES_BLOCK_LENGTH, AES_KEY_LENGTH } from './aes-parameters.ts'
export type { AesParameters } from './aes-parameters.ts'

const CBC = 'aes-256-cbc'
const CTR = 'aes-256-ctr'

/** The part of both directions that is used here. */
interface Cipher {
  readonly update: (data: Uint8Array) => Uint8Array
  readonly final: () => Uint8Array
}

/** OpenSSL counts in 32 bits: longer data is passed on in pieces. */
const PIECE = 2 ** 30

/** Runs a cipher over data; the result owns its buffer. */
function run(cipher: Cipher, data: Uint8Array): Bytes {
  const parts: Uint8Array[] = []
  for (let from = 0; from < data.length; from += PIECE)
    parts.push(cipher.update(data.subarray(from, from + PIECE)))
  return joinBytes([...parts, cipher.final()])
}

/** Encrypts with AES-256-CBC and PKCS#7 padding. */
export function aesCbcEncrypt(parameters: AesParameters, plaintext: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  return run(createCipheriv(CBC, cipherKey(key), iv, KEY_OPTIONS), plaintext)
}

/**
 * Decrypts AES-256-CBC with PKCS#7 padding.
 *
 * @throws CryptoError `bad_padding` when the ciphertext is not whole blocks or the padding is wrong
 */
export function aesCbcDecrypt(parameters: AesParameters, ciphertext: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  assertBlocks(ciphertext)
  const decipher = createDecipheriv(CBC, cipherKey(key), iv, KEY_OPTIONS)
  try {
    return run(decipher, ciphertext)
  } catch (cause) {
    throw badPadding(cause)
  }
}

/** Encrypts or decrypts with AES-256-CTR; the whole block counts, big-endian. */
export function aesCtr(parameters: AesParameters, data: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  return run(createCipheriv(CTR, cipherKey(key), iv, KEY_OPTIONS), data)
}
