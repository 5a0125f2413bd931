/**
 * The access token of a request.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#using-access-tokens
 */
import { sessionOfToken } from '../account/tokens.ts'
import { RefusedRequest } from '../errors.ts'
import type { Handler, RequestContext, Session, UserHandler } from './context.ts'

/** Two `Authorization` headers arrive joined by a comma, and so match no token. */
const BEARER = /^Bearer +([^\s,]+)$/i

function missingToken(message: string): RefusedRequest {
  return new RefusedRequest([401, 'M_MISSING_TOKEN'], message)
}

/** The token, from the header or from the query as old clients send it; never from both. */
function tokenOf({ request, query }: RequestContext): string {
  const header = request.headers.get('authorization')
  const parameter = query.get('access_token')
  if (header !== null && parameter !== null) throw missingToken('Two access tokens were given')
  const token = header === null ? parameter : BEARER.exec(header)?.[1]
  if (!token) throw missingToken('Missing or malformed access token')
  return token
}

async function authorize(context: RequestContext): Promise<Session> {
  const session = await sessionOfToken(context.services.store, tokenOf(context))
  if (session !== null) return session
  throw new RefusedRequest([401, 'M_UNKNOWN_TOKEN'], 'Unknown access token', {
    body: { soft_logout: false },
  })
}

/** A handler that only answers whoever has an access token. */
export function signedIn(handle: UserHandler): Handler {
  return async (context) => handle({ ...context, session: await authorize(context) })
}
