/**
 * Account data: JSON objects that a user keeps on the server, by type. `/sync` tells every device of
 * each write, also of one that changes nothing: clients wait for it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#client-config
 */
import { jsonObjectSchema } from '@roomkeys/types'
import { type Change, changeOwn } from '../devices/stream.ts'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer, writtenJson } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { idParam, pathParam, type UserContext, type UserHandler } from '../http/context.ts'
import type { Limits } from '../limits.ts'
import { textColumn } from '../store.ts'

/** Types that other endpoints would write. */
const SERVER_CONTROLLED: ReadonlySet<string> = new Set(['m.fully_read', 'm.push_rules'])

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

async function requireRoom({ tx, userId }: Change, limits: Limits): Promise<void> {
  const { rows } = await tx.query(
    `SELECT count(*)::text AS types, coalesce(sum(octet_length(content)), 0)::text AS bytes
     FROM account_data WHERE user_id = $1`,
    [userId],
  )
  if (rows[0] === undefined) return
  if (
    Number(textColumn(rows[0], 'types')) > limits.accountDataTypes ||
    Number(textColumn(rows[0], 'bytes')) > limits.accountDataTotalBytes
  )
    throw new RefusedRequest([413, 'M_TOO_LARGE'], 'The user has too much account data')
}

async function store(
  change: Change,
  { type, content }: { readonly type: string; readonly content: string },
  limits: Limits,
): Promise<void> {
  await change.tx.query(
    `INSERT INTO account_data (user_id, type, content, position) VALUES ($1, $2, $3, $4::bigint)
     ON CONFLICT (user_id, type) DO UPDATE SET
       content = excluded.content, position = excluded.position`,
    [change.userId, type, content, change.position],
  )
  await requireRoom(change, limits)
}

/** Answers `PUT /user/{userId}/account_data/{type}`. */
export const putAccountData: UserHandler = async (context) => {
  const { services, session } = context
  const { limits } = services
  const type = ownType(context)
  if (SERVER_CONTROLLED.has(type))
    throw new RefusedRequest([405, 'M_BAD_JSON'], 'The server controls this type')
  const object = await readBody(context.request, jsonObjectSchema, {
    maxBytes: limits.accountDataBytes,
    maxDepth: limits.jsonDepth,
  })
  const content = JSON.stringify(object)
  await changeOwn(services, session.userId, async (change) => {
    await store(change, { type, content }, limits)
    return {}
  })
  return jsonAnswer({})
}
