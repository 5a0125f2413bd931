/** AES-256 in the two modes that Matrix uses, by OpenSSL: for Node, Bun and Deno. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { type AesParameters, assertBlocks, badPadding, checked } from './aes-parameters.ts'
import { type Bytes, joinBytes } from './bytes.ts'
import { cipherKey, KEY_OPTIONS } from './cipher-key.node.ts'
import { withoutPadding, withPadding } from './pkcs7.ts'

export { AES_BLOCK_LENGTH, AES_KEY_LENGTH } from './aes-parameters.ts'
export type { AesParameters } from './aes-parameters.ts'

const CBC = 'aes-256-cbc'
const CTR = 'aes-256-ctr'

/** The part of both directions that is used here. */
interface Cipher {
  readonly setAutoPadding: (isOn: boolean) => unknown
  readonly update: (data: Uint8Array) => Uint8Array<ArrayBuffer>
  readonly final: () => Uint8Array
}

/** OpenSSL counts in 32 bits: longer data is passed on in pieces. */
const PIECE = 2 ** 30

/** The bytes of a buffer that has memory of its own; `null` where it shares it. */
function owned({ buffer, byteLength }: Uint8Array<ArrayBuffer>): Bytes | null {
  return buffer.byteLength === byteLength ? new Uint8Array(buffer) : null
}

/**
 * Runs a cipher over data; the result owns its buffer. Padding is not left to the cipher, which would
 * hold a block back: to ask for that and to join it takes half as long as all the rest.
 */
function run(cipher: Cipher, data: Uint8Array): Bytes {
  cipher.setAutoPadding(false)
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let from = 0; from < data.length; from += PIECE)
    parts.push(cipher.update(data.subarray(from, from + PIECE)))
  const [first] = parts
  const whole = first?.length === data.length ? owned(first) : null
  return whole ?? joinBytes([...parts, cipher.final()])
}

/** Encrypts with AES-256-CBC and PKCS#7 padding. */
export function aesCbcEncrypt(parameters: AesParameters, plaintext: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  const padded = withPadding(plaintext)
  const ciphertext = run(createCipheriv(CBC, cipherKey(key), iv, KEY_OPTIONS), padded)
  // A copy of what is secret.
  padded.fill(0)
  return ciphertext
}

/**
 * Decrypts AES-256-CBC with PKCS#7 padding.
 *
 * @throws CryptoError `bad_padding` when the ciphertext is not whole blocks or the padding is wrong
 */
export function aesCbcDecrypt(parameters: AesParameters, ciphertext: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  assertBlocks(ciphertext)
  const padded = run(createDecipheriv(CBC, cipherKey(key), iv, KEY_OPTIONS), ciphertext)
  const plaintext = withoutPadding(padded)
  if (plaintext === null) throw badPadding()
  return plaintext
}

/** Encrypts or decrypts with AES-256-CTR; the whole block counts, big-endian. */
export function aesCtr(parameters: AesParameters, data: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  return run(createCipheriv(CTR, cipherKey(key), iv, KEY_OPTIONS), data)
}
