/**
 * PBKDF2 with HMAC-SHA-512 (RFC 8018), for passphrases.
 *
 * The platform derives where it can; it is about ten times faster. Plain TypeScript serves
 * elsewhere (insecure origins, runtimes that cap the rounds), with progress and cancellation on the
 * way.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, concatBytes, utf8 } from './bytes.ts'
import { CryptoError } from './errors.ts'
import { pause } from './pause.ts'
import { platformSubtle } from './platform-crypto.ts'

/** Rounds past this are refused: whoever chose them wants to stop the reader, not an attacker. */
export const MAX_PBKDF2_ROUNDS = 10_000_000

/** The longest key that is derived: one block of SHA-512, in bytes. */
const MAX_KEY_LENGTH = 64

/** What PBKDF2 takes besides the passphrase. */
export interface Pbkdf2Parameters {
  readonly salt: Uint8Array
  /** From 1 to {@link MAX_PBKDF2_ROUNDS}. */
  readonly rounds: number
  /** Output length in bytes, at most 64. */
  readonly length: number
}

/** How a derivation is watched and stopped. */
export interface Pbkdf2Options {
  /** Called with rounds done and rounds in all; the last call has both equal. */
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Rounds between two looks at the clock and the signal: some ten milliseconds. */
const SLICE = 4096

function assertParameters({ rounds, length }: Pbkdf2Parameters): void {
  if (!Number.isInteger(length) || length < 1 || length > MAX_KEY_LENGTH)
    throw new TypeError(`length must be an integer from 1 to ${MAX_KEY_LENGTH}`)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_PBKDF2_ROUNDS)
    throw new CryptoError(
      'rounds_out_of_range',
      `PBKDF2 rounds must be from 1 to ${MAX_PBKDF2_ROUNDS}`,
    )
}

/**
 * PBKDF2 in plain TypeScript. One block is all that {@link MAX_KEY_LENGTH} needs.
 *
 * @throws CryptoError `rounds_out_of_range`
 * @throws the signal's reason when it is aborted
 */
export async function pbkdf2Portable(
  passphrase: string,
  parameters: Pbkdf2Parameters,
  { onProgress, signal }: Pbkdf2Options = {},
): Promise<Bytes> {
  assertParameters(parameters)
  signal?.throwIfAborted()
  const { salt, rounds, length } = parameters
  const prf = hmac.create(sha512, utf8(passphrase))
  const firstBlock = Uint8Array.of(0, 0, 0, 1)
  let round = prf.clone().update(concatBytes(salt, firstBlock)).digest()
  const block = Uint8Array.from(round)
  for (let done = 1; done < rounds; done++) {
    if (done % SLICE === 0) {
      onProgress?.(done, rounds)
      await pause()
      signal?.throwIfAborted()
    }
    round = prf.clone().update(round).digest()
    for (let i = 0; i < block.length; i++) block[i] = (block[i] ?? 0) ^ (round[i] ?? 0)
  }
  prf.destroy()
  return block.slice(0, length)
}

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
export async function pbkdf2Sha512(
  passphrase: string,
  parameters: Pbkdf2Parameters,
  options: Pbkdf2Options = {},
): Promise<Bytes> {
  assertParameters(parameters)
  const { onProgress, signal } = options
  signal?.throwIfAborted()
  onProgress?.(0, parameters.rounds)
  const derived =
    (await pbkdf2Platform(passphrase, parameters)) ??
    (await pbkdf2Portable(passphrase, parameters, options))
  signal?.throwIfAborted()
  onProgress?.(parameters.rounds, parameters.rounds)
  return derived
}
