/**
 * `GET /keys/changes`: whose keys changed between two answers of `/sync`.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3keyschanges
 */
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer } from '../http/answers.ts'
import type { UserContext, UserHandler } from '../http/context.ts'
import { parseSyncToken } from '../sync/sync-token.ts'
import { changedUsers } from './device-list-changes.ts'

function positionIn({ query }: UserContext, name: string): number {
  const token = query.get(name)
  if (!token) throw new RefusedRequest([400, 'M_MISSING_PARAM'], `Missing query: ${name}`)
  return parseSyncToken(token).position
}

/** Answers `GET /keys/changes`. Nobody shares a room here, so nobody is ever left. */
export const getKeysChanges: UserHandler = async (context) => {
  const range = { after: positionIn(context, 'from'), upTo: positionIn(context, 'to') }
  const { store } = context.services
  return jsonAnswer({ changed: await changedUsers(store, context.session.userId, range), left: [] })
}
