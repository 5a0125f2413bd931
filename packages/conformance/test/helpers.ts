/** Servers of a few lines, as transports. */
import type { ConformanceCase } from '../src/case.ts'
import type { Wire } from '../src/client.ts'
import { decision } from '../src/source.ts'
import type { Transport, WireRequest, WireResponse } from '../src/transport.ts'
import { givenUsers } from '../src/users/given-users.ts'
import type { UserFactory } from '../src/users/factory.ts'

const JSON_TYPE = ['content-type', 'application/json'] as const

/** An answer with a JSON body. */
export function json(
  status: number,
  body: unknown,
  ...headers: (readonly [string, string])[]
): WireResponse {
  const bytes = new TextEncoder().encode(JSON.stringify(body))
  return { status, headers: [JSON_TYPE, ...headers], body: bytes }
}

export const NOT_FOUND: WireResponse = json(404, { errcode: 'M_NOT_FOUND', error: 'None' })

/** A transport that answers with a function, and keeps what was asked. */
export function stub(
  answer: (request: WireRequest, signal: AbortSignal) => WireResponse | Promise<WireResponse>,
): Transport & { readonly requests: WireRequest[] } {
  const requests: WireRequest[] = []
  return {
    requests,
    verbatim: true,
    send: async (request, { signal }) => {
      requests.push(request)
      return answer(request, signal)
    },
  }
}

/** What a request's body says. */
export function bodyOf({ body }: WireRequest): Readonly<Record<string, unknown>> {
  if (!(body instanceof Uint8Array)) return {}
  return JSON.parse(new TextDecoder().decode(body)) as Readonly<Record<string, unknown>>
}

/** A wire that waits for nothing. */
export function wireOver(transport: Transport, waits: number[] = []): Wire {
  const sleep = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds)
    return Promise.resolve()
  }
  return { transport, timeoutMs: 1000, signal: new AbortController().signal, sleep }
}

/** Users as somebody gives them. */
export function someUsers(count: number): UserFactory {
  return givenUsers(
    Array.from({ length: count }, (_, i) => ({
      userId: `@user${i}:localhost`,
      accessToken: `secret-token-${i}`,
      password: `secret-password-${i}`,
    })),
  )
}

/** A case with nothing but what a test is about. */
export function caseOf(
  id: string,
  run: ConformanceCase['run'],
  more: Partial<ConformanceCase> = {},
): ConformanceCase {
  return {
    id,
    title: `Case ${id}`,
    source: decision('a test'),
    severity: 'must',
    operations: ['V2'],
    run,
    ...more,
  }
}
