/**
 * A cipher's key as `node:crypto` takes it fastest: there are releases that test what they are given by
 * throwing and catching, twice for bytes and never for a text, which takes longer than the cipher.
 */
import { createCipheriv } from 'node:crypto'

/** Tells a text's bytes; it is without effect on bytes. */
export const KEY_OPTIONS: { readonly encoding: 'latin1' } = { encoding: 'latin1' }

const KEY = new Uint8Array(32).fill(0xe9)
const IV = new Uint8Array(16)

function asText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}

function encrypted(key: Uint8Array | string): string {
  return createCipheriv('aes-256-cbc', key, IV, KEY_OPTIONS).update(IV).toString('latin1')
}

/** Other runtimes may read texts as UTF-8: a byte above 127 tells. */
function readsTexts(): boolean {
  try {
    return encrypted(asText(KEY)) === encrypted(KEY)
  } catch {
    // A text of another length than the bytes': that is the answer, and not a failure.
    return false
  }
}

let takesText: boolean | undefined

/** The key of a cipher. */
export function cipherKey(key: Uint8Array): Uint8Array | string {
  takesText ??= readsTexts()
  return takesText ? asText(key) : key
}
