/** Options of calls, from options of flows: the signal alone, and no member where there is none. */
import type { ApiCallOptions } from './room-keys-api.ts'

/** What a flow passes on to what it calls. */
export function callOptions({
  signal,
}: {
  readonly signal?: AbortSignal | undefined
}): ApiCallOptions {
  return signal === undefined ? {} : { signal }
}
