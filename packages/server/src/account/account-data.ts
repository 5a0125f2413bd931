/**
 * Account data: JSON objects that a user keeps on the server, by type.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#client-config
 */
import { jsonObjectSchema } from '@roomkeys/types'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer, writtenJson } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { idParam, pathParam, type UserContext, type UserHandler } from '../http/context.ts'
import { textColumn } from '../store.ts'

/** The type in the path; the user in it has to be the one who asks. */
function ownType(context: UserContext): string {
  if (pathParam(context, 'userId') !== context.session.userId)
    throw new RefusedRequest([403, 'M_FORBIDDEN'], 'Account data of another user')
  return idParam(context, 'type')
}

/** Answers `GET /user/{userId}/account_data/{type}`. */
export const getAccountData: UserHandler = async (context) => {
  const { rows } = await context.services.store.query(
    'SELECT content FROM account_data WHERE user_id = $1 AND type = $2',
    [context.session.userId, ownType(context)],
  )
  if (rows[0] !== undefined) return writtenJson(textColumn(rows[0], 'content'))
  throw new RefusedRequest([404, 'M_NOT_FOUND'], 'No account data of this type')
}

/** Answers `PUT /user/{userId}/account_data/{type}`. */
export const putAccountData: UserHandler = async (context) => {
  const { store, limits } = context.services
  const type = ownType(context)
  const content = await readBody(context.request, jsonObjectSchema, {
    maxBytes: limits.accountDataBytes,
    maxDepth: limits.jsonDepth,
  })
  await store.query(
    `INSERT INTO account_data (user_id, type, content) VALUES ($1, $2, $3)
     ON CONFLICT (user_id, type) DO UPDATE SET content = excluded.content`,
    [context.session.userId, type, JSON.stringify(content)],
  )
  return jsonAnswer({})
}
