import { SecretStorageError } from '../src/errors.ts'

/** The error that a promise rejects with; anything but a {@link SecretStorageError} fails the test. */
export async function rejected(promise: Promise<unknown>): Promise<SecretStorageError> {
  const settled = await promise.then(
    () => new TypeError('Nothing was thrown'),
    (error: unknown) => error,
  )
  if (settled instanceof SecretStorageError) return settled
  throw settled
}

/** The error that a function throws; anything but a {@link SecretStorageError} fails the test. */
export function caught(run: () => unknown): SecretStorageError {
  try {
    run()
  } catch (error) {
    if (error instanceof SecretStorageError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}
