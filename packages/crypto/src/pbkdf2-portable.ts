/** PBKDF2 with HMAC-SHA-512 (RFC 8018) in plain TypeScript, with progress and cancellation on the way. */
import { hmac } from '@noble/hashes/hmac.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, concatBytes, utf8 } from './bytes.ts'
import { pause } from './pause.ts'
import { assertParameters, type Pbkdf2Options, type Pbkdf2Parameters } from './pbkdf2-rules.ts'

/** Rounds between two looks at the clock and the signal: some ten milliseconds. */
const SLICE = 4096

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
