/** Requests over `fetch`, for every runtime. */
import type { Transport, WireRequest, WireResponse } from './transport.ts'

/** What {@link fetchTransport} takes besides the base URL. */
export interface FetchTransportOptions {
  /** The platform's, unless given. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

/** `fetch` sets the length itself and refuses to have it set. */
function headersOf({ headers }: WireRequest): [string, string][] {
  return headers
    .filter(([name]) => name.toLowerCase() !== 'content-length')
    .map(([name, value]) => [name, value])
}

function bodyOf({ body }: WireRequest): Pick<RequestInit, 'body'> {
  if (body === undefined) return {}
  if (!(body instanceof Uint8Array)) throw new TypeError('body in pieces needs another transport')
  return { body: new Uint8Array(body) }
}

async function answerOf(response: Response): Promise<WireResponse> {
  const body = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, headers: [...response.headers], body }
}

/**
 * Sends through `fetch`, which rewrites some paths: cases that need a raw path are not applicable.
 *
 * @throws TypeError when `baseUrl` is not an HTTP URL
 */
export function fetchTransport(baseUrl: string, options: FetchTransportOptions = {}): Transport {
  const { fetch = globalThis.fetch } = options
  const base = baseOf(baseUrl)
  return {
    verbatim: false,
    send: async (request, { signal }) => {
      const { method } = request
      const init: RequestInit = { method, headers: headersOf(request), signal, redirect: 'manual' }
      return answerOf(await fetch(base + request.target, { ...init, ...bodyOf(request) }))
    },
  }
}

/**
 * A base URL without a slash at its end.
 *
 * @throws TypeError when it is not an HTTP URL
 */
export function baseOf(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TypeError('baseUrl must be an http or https URL')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new TypeError('baseUrl must have no credentials, query or fragment')
  return url.href.replace(/\/+$/, '')
}
