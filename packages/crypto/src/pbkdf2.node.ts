/** PBKDF2 with HMAC-SHA-512 (RFC 8018) by OpenSSL, in another thread: for Node, Bun and Deno. */
import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { type Bytes, utf8 } from './bytes.ts'
import { eitherWay, type Pbkdf2, type Pbkdf2Parameters } from './pbkdf2-rules.ts'

export { MAX_PBKDF2_ROUNDS } from './pbkdf2-rules.ts'
export type { Pbkdf2Options, Pbkdf2Parameters } from './pbkdf2-rules.ts'

/** PBKDF2 in plain TypeScript, which is loaded only now. */
export const pbkdf2Portable: Pbkdf2 = async (passphrase, parameters, options) => {
  const portable = await import('./pbkdf2-portable.ts')
  return portable.pbkdf2Portable(passphrase, parameters, options)
}

const derive = promisify(pbkdf2)

/** The platform's PBKDF2, or `null` where it has none or refuses these parameters. */
async function pbkdf2Platform(
  passphrase: string,
  { salt, rounds, length }: Pbkdf2Parameters,
): Promise<Bytes | null> {
  try {
    return Uint8Array.from(await derive(utf8(passphrase), salt, rounds, length, 'sha512'))
  } catch {
    // Other runtimes may have limits of their own; the portable way has none.
    return null
  }
}

/**
 * Derives a key from a passphrase, used as its UTF-8 bytes.
 *
 * @throws CryptoError `rounds_out_of_range`
 * @throws the signal's reason when it is aborted
 */
export const pbkdf2Sha512: Pbkdf2 = eitherWay(pbkdf2Platform, pbkdf2Portable)
