import { CryptoError } from '../src/bytes.ts'

/** The error that a function throws; anything but a {@link CryptoError} fails the test. */
export function caught(run: () => unknown): CryptoError {
  try {
    run()
  } catch (error) {
    if (error instanceof CryptoError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}

/** The error code of a refusal, or `null` where nothing is refused. */
export function refusal(run: () => unknown): string | null {
  try {
    run()
  } catch (error) {
    if (error instanceof CryptoError) return error.code
    throw error
  }
  return null
}
