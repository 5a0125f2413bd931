/** Private keys that were imported: to import one takes as long as to agree, and batches are small. */
import { type Bytes, equalBytes } from './bytes.ts'

interface Kept<T> {
  readonly fingerprint: Bytes
  readonly imported: T
}

/**
 * Imports each private key once, for as long as its bytes are in memory and the same: whoever overwrites
 * them gets what they are then.
 *
 * @param fingerprint - a one-way function, so that no second copy of the key is held
 */
export function keepImported<T>(
  importKey: (privateKey: Uint8Array) => T,
  fingerprint: (privateKey: Uint8Array) => Bytes,
): (privateKey: Uint8Array) => T {
  const kept = new WeakMap<Uint8Array, Kept<T>>()
  return (privateKey) => {
    const found = fingerprint(privateKey)
    const known = kept.get(privateKey)
    if (known !== undefined && equalBytes(known.fingerprint, found)) return known.imported
    const imported = importKey(privateKey)
    kept.set(privateKey, { fingerprint: found, imported })
    return imported
  }
}
