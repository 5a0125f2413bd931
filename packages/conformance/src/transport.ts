/**
 * The port through which requests go out.
 *
 * A case sends what no well-behaved client would, so a request is what stands on the wire: a target
 * that nobody normalises, headers that may repeat, and a body in bytes.
 */

/** One request, as it is to stand on the wire. */
export interface WireRequest {
  readonly method: string
  /** Path and query behind the base URL, escaped already. */
  readonly target: string
  /** A `content-length` that stands here is sent as it is, whatever the length of the body. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Bytes are sent with their length, pieces as chunks. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>
}

/** One answer, its body read to the end. */
export interface WireResponse {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** Sends requests to one server. */
export interface Transport {
  /**
   * Whether requests arrive as they are described. `fetch` rewrites paths, joins repeated headers and
   * sets the length itself; cases that depend on one of these are not applicable then.
   */
  readonly verbatim: boolean
  /** Rejects when there is no answer; a refusal is an answer. */
  readonly send: (
    request: WireRequest,
    options: { readonly signal: AbortSignal },
  ) => Promise<WireResponse>
}

/** The longest answer that is read, in bytes. */
export const MAX_ANSWER_BYTES: number = 256 * 1024 * 1024
