/** Errors of one entry as its outcome. */
import type { FailedEntry } from './entry.ts'
import { EntryError } from './errors.ts'

/** Turns an error of one entry into its outcome; any other error is ours and goes on. */
export function settle<T>(
  { roomId, sessionId }: Pick<FailedEntry, 'roomId' | 'sessionId'>,
  run: () => T,
): T | FailedEntry {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof EntryError)) throw error
    return { status: 'failed', roomId, sessionId, reason: error.reason, error }
  }
}
