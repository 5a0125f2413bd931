// X25519 by tweetnacl, which client libraries without wasm take.
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import nacl from 'tweetnacl'

/** Shared secrets by tweetnacl; one of zeros is that of a key of low order. */
export const tweetnaclSharedSecrets: SharedSecrets = (privateKey, publicKeys) =>
  Promise.resolve(
    publicKeys.map((publicKey) => {
      const secret = Uint8Array.from(nacl.scalarMult(privateKey, publicKey))
      return secret.some((byte) => byte !== 0) ? secret : null
    }),
  )
