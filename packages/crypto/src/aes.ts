/** AES-256 in the two modes that Matrix uses: CBC with PKCS#7 padding, and CTR. */
import { cbc, ctr } from '@noble/ciphers/aes.js'
import { assertBytes, type Bytes } from './bytes.ts'
import { CryptoError } from './errors.ts'

/** Length of a key, in bytes. */
export const AES_KEY_LENGTH = 32
/** Length of a block, and so of a CBC initialisation vector and a CTR counter block, in bytes. */
export const AES_BLOCK_LENGTH = 16

/** A key with the block that its mode starts from. */
export interface AesParameters {
  /** 32 bytes. */
  readonly key: Uint8Array
  /** 16 bytes. */
  readonly iv: Uint8Array
}

function checked({ key, iv }: AesParameters): AesParameters {
  assertBytes(key, AES_KEY_LENGTH, 'key')
  assertBytes(iv, AES_BLOCK_LENGTH, 'iv')
  return { key, iv }
}

/** Encrypts with AES-256-CBC and PKCS#7 padding. */
export function aesCbcEncrypt(parameters: AesParameters, plaintext: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  return Uint8Array.from(cbc(key, iv).encrypt(plaintext))
}

/**
 * Decrypts AES-256-CBC with PKCS#7 padding.
 *
 * @throws CryptoError `bad_padding` when the ciphertext is not whole blocks or the padding is wrong
 */
export function aesCbcDecrypt(parameters: AesParameters, ciphertext: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  if (ciphertext.length === 0 || ciphertext.length % AES_BLOCK_LENGTH !== 0)
    throw new CryptoError('bad_padding', 'The ciphertext is not whole AES blocks')
  try {
    return Uint8Array.from(cbc(key, iv).decrypt(ciphertext))
  } catch (cause) {
    throw new CryptoError('bad_padding', 'The padding is wrong: another key, or damage', { cause })
  }
}

/** Encrypts or decrypts with AES-256-CTR; the whole block counts, big-endian. */
export function aesCtr(parameters: AesParameters, data: Uint8Array): Bytes {
  const { key, iv } = checked(parameters)
  return Uint8Array.from(ctr(key, iv).encrypt(data))
}
