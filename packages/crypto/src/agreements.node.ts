/** Ephemeral agreements by OpenSSL, through `node:crypto`: for Node, Bun and Deno. */
import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { assertBytes } from './bytes.ts'
import { pause } from './pause.ts'
import type { Agreement, Agreements } from './x25519.ts'

const LENGTH = 32

function importPublicKey(publicKey: Uint8Array): KeyObject {
  const { buffer, byteOffset } = assertBytes(publicKey, LENGTH, 'publicKey')
  const x = Buffer.from(buffer, byteOffset, LENGTH).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
}

/** The last 32 bytes of SPKI are the key (RFC 8410). */
function exportPublicKey(publicKey: KeyObject): Uint8Array {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(-LENGTH)
}

function agree(recipient: KeyObject): Agreement | null {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  try {
    const sharedSecret = diffieHellman({ privateKey, publicKey: recipient })
    return {
      ephemeral: Uint8Array.from(exportPublicKey(publicKey)),
      sharedSecret: Uint8Array.from(sharedSecret),
    }
  } catch {
    return null
  }
}

/** {@link Agreements} by the fastest way that this platform has. */
export const platformAgreements: Agreements = async (publicKey, count) => {
  const recipient = importPublicKey(publicKey)
  // A batch is synchronous: between two, other work gets its turn.
  await pause()
  const agreements = Array.from({ length: count }, () => agree(recipient))
  const made = agreements.filter((agreement) => agreement !== null)
  if (made.length === count) return made
  // The platform refuses keys of low order, and does not say why it refuses one.
  const { nobleAgreements } = await import('./x25519.ts')
  return nobleAgreements()(publicKey, count)
}
