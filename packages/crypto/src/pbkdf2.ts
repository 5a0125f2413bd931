/**
 * PBKDF2 with HMAC-SHA-512 (RFC 8018), for passphrases.
 *
 * The platform derives where it can; it is about ten times faster. Plain TypeScript serves
 * elsewhere (insecure origins, runtimes that cap the rounds), with progress and cancellation on the
 * way. Node has a module of its own, chosen by the `node` condition.
 */
import { type Bytes, utf8 } from './bytes.ts'
import { pbkdf2Portable } from './pbkdf2-portable.ts'
import { eitherWay, type Pbkdf2, type Pbkdf2Parameters } from './pbkdf2-rules.ts'
import { platformSubtle } from './platform-crypto.ts'

export { pbkdf2Portable } from './pbkdf2-portable.ts'
export { MAX_PBKDF2_ROUNDS } from './pbkdf2-rules.ts'
export type { Pbkdf2Options, Pbkdf2Parameters } from './pbkdf2-rules.ts'

/** The platform's PBKDF2, or `null` where there is none or it refuses these parameters. */
async function pbkdf2Platform(
  passphrase: string,
  { salt, rounds, length }: Pbkdf2Parameters,
): Promise<Bytes | null> {
  const subtle = platformSubtle()
  if (subtle === undefined) return null
  const derivation = { name: 'PBKDF2', hash: 'SHA-512', salt: Uint8Array.from(salt) }
  try {
    const key = await subtle.importKey('raw', utf8(passphrase), 'PBKDF2', false, ['deriveBits'])
    const bits = await subtle.deriveBits({ ...derivation, iterations: rounds }, key, length * 8)
    return new Uint8Array(bits)
  } catch {
    // Some runtimes cap the rounds or refuse an empty passphrase; the portable way has no such limit.
    return null
  }
}

/**
 * Derives a key from a passphrase, used as its UTF-8 bytes.
 *
 * @throws CryptoError `rounds_out_of_range`
 * @throws the signal's reason when it is aborted
 */
export const pbkdf2Sha512: Pbkdf2 = /* @__PURE__ */ eitherWay(pbkdf2Platform, pbkdf2Portable)
