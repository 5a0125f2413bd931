/** Answers: JSON values, JSON that is text already, and refusals. */
import type { RefusedRequest } from '../errors.ts'

const JSON_TYPE = { 'content-type': 'application/json' } as const

/** Answers 200 with a value. */
export function jsonAnswer(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: JSON_TYPE })
}

/** Answers 200 with JSON that is written already. */
export function writtenJson(json: string | ReadableStream<Uint8Array>): Response {
  return new Response(json, { headers: JSON_TYPE })
}

/** Answers a refusal. */
export function refusal({ status, errcode, message, details }: RefusedRequest): Response {
  return new Response(JSON.stringify({ errcode, error: message, ...details.body }), {
    status,
    headers: { ...JSON_TYPE, ...details.headers },
  })
}

/** How long a client should leave a database alone that is not available, in seconds. */
const UNAVAILABLE_RETRY_S = 2

/** The answer while the database is not available, which passes. */
export function unavailable(): Response {
  return new Response(JSON.stringify({ errcode: 'M_UNKNOWN', error: 'Try again later' }), {
    status: 503,
    headers: { ...JSON_TYPE, 'retry-after': String(UNAVAILABLE_RETRY_S) },
  })
}

/** The one answer for whatever the server did not expect; it tells nothing of the cause. */
export function internalError(): Response {
  return new Response(JSON.stringify({ errcode: 'M_UNKNOWN', error: 'Internal server error' }), {
    status: 500,
    headers: JSON_TYPE,
  })
}
