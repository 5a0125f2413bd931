import { KeyBundleError } from '../src/errors.ts'

/** The error that a function throws; anything but a {@link KeyBundleError} fails the test. */
export function caught(run: () => unknown): KeyBundleError {
  try {
    run()
  } catch (error) {
    if (error instanceof KeyBundleError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}

/** The error that a promise rejects with; anything but a {@link KeyBundleError} fails the test. */
export async function rejected(promise: Promise<unknown>): Promise<KeyBundleError> {
  const settled = await promise.then(
    () => new TypeError('Nothing was thrown'),
    (error: unknown) => error,
  )
  if (settled instanceof KeyBundleError) return settled
  throw settled
}
