/**
 * Filters: stored ones, and what of a filter means something without rooms.
 *
 * The id of a filter is the hash of its JSON, so that a client that uploads its filter at every start
 * fills nothing.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#filtering
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import {
  inPlace,
  type JsonObject,
  parseWire,
  type WireSchema,
  WireShapeError,
} from '@roomkeys/types'
import * as v from 'valibot'
import { base64Url } from '../account/tokens.ts'
import { boundedJson } from '../devices/key-objects.ts'
import { changeOwn, type Change } from '../devices/stream.ts'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer, writtenJson } from '../http/answers.ts'
import { nestsDeeper, readBody } from '../http/body.ts'
import { idParam, pathParam, type UserContext, type UserHandler } from '../http/context.ts'
import { textColumn } from '../store.ts'

interface EventFilter extends JsonObject {
  readonly types?: readonly string[]
  readonly not_types?: readonly string[]
}

/** A filter; its other members are about rooms and presence. */
export interface Filter extends JsonObject {
  readonly account_data?: EventFilter
}

const types = v.exactOptional(v.array(v.string()))

const filterSchema: WireSchema<Filter> = inPlace(
  v.looseObject({
    account_data: v.exactOptional(inPlace(v.looseObject({ types, not_types: types }))),
  }),
)

/** Lets everything through. */
const NO_FILTER: Filter = {}

const ID_BYTES = 18

function requireOwnPath(context: UserContext): string {
  const { userId } = context.session
  if (pathParam(context, 'userId') === userId) return userId
  throw new RefusedRequest([403, 'M_FORBIDDEN'], 'Filters of another user')
}

async function storeFilter(
  { tx, userId }: Change,
  definition: string,
  filtersPerUser: number,
): Promise<string> {
  const id = base64Url(sha256(utf8ToBytes(definition)).slice(0, ID_BYTES))
  await tx.query(
    `INSERT INTO filters (user_id, filter_id, definition) VALUES ($1, $2, $3)
     ON CONFLICT (user_id, filter_id) DO NOTHING`,
    [userId, id, definition],
  )
  const { rows } = await tx.query(
    'SELECT count(*)::text AS count FROM filters WHERE user_id = $1',
    [userId],
  )
  if (rows[0] === undefined || Number(textColumn(rows[0], 'count')) <= filtersPerUser) return id
  throw new RefusedRequest([413, 'M_TOO_LARGE'], 'The user has too many filters')
}

/** Answers `POST /user/{userId}/filter`. */
export const postFilter: UserHandler = async (context) => {
  const { services } = context
  const { limits } = services
  const userId = requireOwnPath(context)
  const filter = await readBody(context.request, filterSchema, {
    maxBytes: limits.filterBytes,
    maxDepth: limits.jsonDepth,
  })
  const definition = boundedJson(filter, limits.filterBytes)
  const filterId = await changeOwn(services, userId, (change) =>
    storeFilter(change, definition, limits.filtersPerUser),
  )
  return jsonAnswer({ filter_id: filterId })
}

async function definitionOf(context: UserContext, filterId: string): Promise<string | null> {
  const { rows } = await context.services.store.query(
    'SELECT definition FROM filters WHERE user_id = $1 AND filter_id = $2',
    [context.session.userId, filterId],
  )
  return rows[0] === undefined ? null : textColumn(rows[0], 'definition')
}

/** Answers `GET /user/{userId}/filter/{filterId}`. */
export const getFilter: UserHandler = async (context) => {
  requireOwnPath(context)
  const definition = await definitionOf(context, idParam(context, 'filterId'))
  if (definition === null) throw new RefusedRequest([404, 'M_NOT_FOUND'], 'Unknown filter')
  return writtenJson(definition)
}

function refuseFilter(): never {
  throw new RefusedRequest([400, 'M_INVALID_PARAM'], 'The filter is neither an id nor a filter')
}

function parseFilter(text: string): Filter {
  try {
    return parseWire(filterSchema, JSON.parse(text), 'The filter')
  } catch (error) {
    if (error instanceof WireShapeError || error instanceof SyntaxError) return refuseFilter()
    throw error
  }
}

/**
 * The filter in the query of `/sync`: JSON, or the id of one that is stored.
 *
 * @throws RefusedRequest 400 `M_INVALID_PARAM`
 */
export async function filterInQuery(context: UserContext): Promise<Filter> {
  const { jsonDepth, idBytes } = context.services.limits
  const given = context.query.get('filter')
  if (!given) return NO_FILTER
  if (given.startsWith('{'))
    return nestsDeeper(utf8ToBytes(given), jsonDepth) ? refuseFilter() : parseFilter(given)
  if (given.length > idBytes || !/^[\w-]+$/.test(given)) return refuseFilter()
  const definition = await definitionOf(context, given)
  return definition === null ? refuseFilter() : parseFilter(definition)
}

/** Whether a type is one of those listed, in which `*` stands for anything. */
function isListed(type: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(type, pattern.split('*')))
}

/** Whether the parts of a pattern stand in the text in their order, the outer ones at its ends. */
function matches(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** Whether a filter lets account data of a type through. */
export function passesAccountData({ account_data: filter }: Filter, type: string): boolean {
  if (filter?.not_types !== undefined && isListed(type, filter.not_types)) return false
  return filter?.types === undefined || isListed(type, filter.types)
}
