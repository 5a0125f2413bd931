/** Raw keys of the curves as key objects of node:crypto, which is the oracle of the tests. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** The one byte in which the object identifiers of the curves differ. */
const CURVE = { x25519: '6e', ed25519: '70' } as const

/** A private key (RFC 8410). */
export function nodePrivateKey(curve: keyof typeof CURVE, raw: Uint8Array): KeyObject {
  const header = Buffer.from(`302e020100300506032b65${CURVE[curve]}04220420`, 'hex')
  return createPrivateKey({ key: Buffer.concat([header, raw]), format: 'der', type: 'pkcs8' })
}

/** A public key (RFC 8410). */
export function nodePublicKey(curve: keyof typeof CURVE, raw: Uint8Array): KeyObject {
  const header = Buffer.from(`302a300506032b65${CURVE[curve]}032100`, 'hex')
  return createPublicKey({ key: Buffer.concat([header, raw]), format: 'der', type: 'spki' })
}

/** The raw bytes of a private key's public key. */
export function nodePublicBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
}
