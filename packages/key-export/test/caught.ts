import { KeyExportError } from '../src/errors.ts'

/** The error that a function throws; anything but a {@link KeyExportError} fails the test. */
export function caught(run: () => unknown): KeyExportError {
  try {
    run()
  } catch (error) {
    if (error instanceof KeyExportError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}

/** The error that a promise rejects with; anything but a {@link KeyExportError} fails the test. */
export async function rejected(promise: Promise<unknown>): Promise<KeyExportError> {
  const settled = await promise.then(
    () => new TypeError('Nothing was thrown'),
    (error: unknown) => error,
  )
  if (settled instanceof KeyExportError) return settled
  throw settled
}
