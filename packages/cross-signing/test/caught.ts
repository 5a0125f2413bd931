import { CrossSigningError } from '../src/errors.ts'

/** The error that a function throws; anything but a {@link CrossSigningError} fails the test. */
export function caught(run: () => unknown): CrossSigningError {
  try {
    run()
  } catch (error) {
    if (error instanceof CrossSigningError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}
