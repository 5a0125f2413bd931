/**
 * The X25519 public keys whose shared secret is all zeros, whatever the private key: the points of
 * small order of the curve and of its twist, and the texts that are these once they are reduced.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7748#section-5
 */

/** Little-endian, the high bit cleared. */
const LOW_ORDER: readonly string[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether a public key of 32 bytes is of low order; its high bit is ignored. */
export function isLowOrder(publicKey: Uint8Array): boolean {
  const masked = Uint8Array.from(publicKey)
  masked[31] = (masked[31] ?? 0) & 127
  return LOW_ORDER.includes(toHex(masked))
}
