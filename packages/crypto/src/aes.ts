/**
 * AES-256 in the two modes that Matrix uses: CBC with PKCS#7 padding, and CTR. In plain TypeScript;
 * Node has a module of its own, chosen by the `node` condition.
 */
import { cbc, ctr } from '@noble/ciphers/aes.js'
import { type AesParameters, assertBlocks, badPadding, checked } from './aes-parameters.ts'
import type { Bytes } from './bytes.ts'

export { AES_BLOCK_LENGTH, AES_KEY_LENGTH } from './aes-parameters.ts'
export type { AesParameters } from './aes-parameters.ts'

/** Encrypts with AES-256-CBC and PKCS#7 padding. */
export function aesCbcEncrypt(parameters: AesParameters, plaintext: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  return cbc(key, iv).encrypt(plaintext)
}

/**
 * Decrypts AES-256-CBC with PKCS#7 padding.
 *
 * @throws CryptoError `bad_padding` when the ciphertext is not whole blocks or the padding is wrong
 */
export function aesCbcDecrypt(parameters: AesParameters, ciphertext: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  assertBlocks(ciphertext)
  try {
    return cbc(key, iv).decrypt(ciphertext)
  } catch (cause) {
    throw badPadding(cause)
  }
}

/** Encrypts or decrypts with AES-256-CTR; the whole block counts, big-endian. */
export function aesCtr(parameters: AesParameters, data: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  return ctr(key, iv).encrypt(data)
}
