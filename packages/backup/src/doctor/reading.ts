/** Reading so that a failure becomes evidence. */
import type { Reading, ReadFailure } from './evidence.ts'

/** The longest text of a failure that is kept. */
const MAX_FAILURE_TEXT = 200

/** Stops a gathering. */
export interface GatherCall {
  readonly signal?: AbortSignal
}

function codeOf(error: Error): string | null {
  const code: unknown = 'code' in error ? error.code : null
  return typeof code === 'string' ? code.slice(0, MAX_FAILURE_TEXT) : null
}

/** What is kept of an error. Messages of untyped ones may quote what was read, and that may be secret. */
export function failureOf(error: unknown): ReadFailure {
  if (!(error instanceof Error)) return { code: null, text: 'unknown' }
  const code = codeOf(error)
  return { code, text: (code === null ? error.name : error.message).slice(0, MAX_FAILURE_TEXT) }
}

/**
 * Reads something.
 *
 * @throws the signal's reason when it is aborted, and nothing else
 */
export async function reading<T>(
  read: () => Promise<T>,
  { signal }: GatherCall,
): Promise<Reading<T>> {
  signal?.throwIfAborted()
  try {
    const value = await read()
    signal?.throwIfAborted()
    return { state: 'read', value }
  } catch (error) {
    signal?.throwIfAborted()
    return { state: 'failed', failure: failureOf(error) }
  }
}
