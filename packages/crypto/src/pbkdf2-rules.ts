/** What all ways to PBKDF2 take and refuse, and how one is chosen. */
import type { Bytes } from './bytes.ts'
import { CryptoError } from './errors.ts'

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

/** A way to PBKDF2. */
export type Pbkdf2 = (
  passphrase: string,
  parameters: Pbkdf2Parameters,
  options?: Pbkdf2Options,
) => Promise<Bytes>

/** Checks the parameters. */
export function assertParameters({ rounds, length }: Pbkdf2Parameters): void {
  if (!Number.isInteger(length) || length < 1 || length > MAX_KEY_LENGTH)
    throw new TypeError(`length must be an integer from 1 to ${MAX_KEY_LENGTH}`)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_PBKDF2_ROUNDS)
    throw new CryptoError(
      'rounds_out_of_range',
      `PBKDF2 rounds must be from 1 to ${MAX_PBKDF2_ROUNDS}`,
    )
}

/**
 * The platform's way, which reports nothing in between, and another where it gives `null`.
 */
export function eitherWay(
  byPlatform: (passphrase: string, parameters: Pbkdf2Parameters) => Promise<Bytes | null>,
  otherwise: Pbkdf2,
): Pbkdf2 {
  return async (passphrase, parameters, options = {}) => {
    assertParameters(parameters)
    const { onProgress, signal } = options
    signal?.throwIfAborted()
    onProgress?.(0, parameters.rounds)
    const derived =
      (await byPlatform(passphrase, parameters)) ??
      (await otherwise(passphrase, parameters, options))
    signal?.throwIfAborted()
    onProgress?.(parameters.rounds, parameters.rounds)
    return derived
  }
}
