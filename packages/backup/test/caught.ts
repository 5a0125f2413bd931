import { BackupError } from '../src/errors.ts'

/** The error that a function throws; anything but a {@link BackupError} fails the test. */
export function caught(run: () => unknown): BackupError {
  try {
    run()
  } catch (error) {
    if (error instanceof BackupError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}

/** The error that a promise rejects with; anything but a {@link BackupError} fails the test. */
export async function rejected(promise: Promise<unknown>): Promise<BackupError> {
  const settled = await promise.then(
    () => new TypeError('Nothing was thrown'),
    (error: unknown) => error,
  )
  if (settled instanceof BackupError) return settled
  throw settled
}
