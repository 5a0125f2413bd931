/**
 * New key pairs of X25519, whose public keys are wanted as bytes. Later releases give those at once;
 * to export them from an object takes an eighth of an agreement.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type Bytes, equalBytes } from './bytes.ts'
import { exportPublicKey } from './okp-keys.node.ts'

/** A key pair. */
export interface KeyPair {
  readonly publicKey: Bytes
  readonly privateKey: KeyObject
}

// The types are of releases that know no raw keys; these throw.
const generateRaw = generateKeyPairSync as unknown as (
  type: 'x25519',
  options: { readonly publicKeyEncoding: { readonly format: 'raw-public' } },
) => { readonly publicKey: Uint8Array; readonly privateKey: KeyObject }

function rawKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateRaw('x25519', {
    publicKeyEncoding: { format: 'raw-public' },
  })
  return { publicKey: new Uint8Array(publicKey), privateKey }
}

function exportedKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  return { publicKey: exportPublicKey(publicKey), privateKey }
}

function givesRawKeys(): boolean {
  try {
    const { publicKey, privateKey } = rawKeyPair()
    return equalBytes(publicKey, exportPublicKey(createPublicKey(privateKey)))
  } catch {
    // Not known to this release: that is the answer, and not a failure.
    return false
  }
}

let isRaw: boolean | undefined

/** Makes a key pair. */
export function newKeyPair(): KeyPair {
  isRaw ??= givesRawKeys()
  return isRaw ? rawKeyPair() : exportedKeyPair()
}
