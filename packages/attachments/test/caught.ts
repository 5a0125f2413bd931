import { AttachmentError } from '../src/errors.ts'

/** The error that a function throws; anything but an {@link AttachmentError} fails the test. */
export function caught(run: () => unknown): AttachmentError {
  try {
    run()
  } catch (error) {
    if (error instanceof AttachmentError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}

/** The error that a promise rejects with; anything but an {@link AttachmentError} fails the test. */
export async function rejected(promise: Promise<unknown>): Promise<AttachmentError> {
  const settled = await promise.then(
    () => new TypeError('Nothing was thrown'),
    (error: unknown) => error,
  )
  if (settled instanceof AttachmentError) return settled
  throw settled
}
