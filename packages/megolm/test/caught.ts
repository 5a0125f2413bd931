import { MegolmError } from '../src/errors.ts'

/** The error that a function throws; anything but a {@link MegolmError} fails the test. */
export function caught(run: () => unknown): MegolmError {
  try {
    run()
  } catch (error) {
    if (error instanceof MegolmError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}
