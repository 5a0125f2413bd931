/** Answers that say "there is none". */
import { isTransportError } from './errors.ts'

/**
 * Turns `M_NOT_FOUND` into `null`.
 *
 * The errcode decides and not the status: a proxy, or a wrong address, answers 404 as well, and must
 * not pass for a user without a backup.
 */
export async function nullIfNotFound<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error: unknown) => {
    if (isTransportError(error) && error.errcode === 'M_NOT_FOUND') return null
    throw error
  })
}
