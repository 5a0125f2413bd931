/** Failures of IndexedDB as errors of this package. */
import { BackupError } from '../errors.ts'

const MESSAGES: ReadonlyMap<string, string> = new Map([
  ['QuotaExceededError', 'There is no room left for the key store'],
  ['VersionError', 'The key store was written by a newer version of this library'],
  ['InvalidStateError', 'The key store is closed'],
  ['NotFoundError', 'The database of this name is no key store'],
])

function nameOf(cause: unknown): string {
  return cause instanceof DOMException || cause instanceof Error ? cause.name : ''
}

/** The error for a failure; its message says nothing of what was to be stored. */
export function storeError(cause: unknown): BackupError {
  if (cause instanceof BackupError) return cause
  const message = MESSAGES.get(nameOf(cause)) ?? 'The database of the key store failed'
  return new BackupError('store', message, { cause })
}

/**
 * What the database does, with its failures as errors of this package. A promise of IndexedDB may be
 * awaited through this inside a transaction: it adds no task, and a transaction outlives microtasks.
 */
export async function stored<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    throw storeError(cause)
  }
}
