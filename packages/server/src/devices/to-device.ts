/**
 * `PUT /sendToDevice/{eventType}/{txnId}`: messages to devices, which wait until their `/sync` has
 * taken them.
 *
 * Each receiving user has a transaction of their own, which also remembers that the message came, so a
 * request that broke off in the middle can be sent again and completes.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging
 */
import { inPlace, type JsonObject, jsonObjectSchema, mapOf, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import {
  idParam,
  requireUsableId,
  type Services,
  type UserContext,
  type UserHandler,
} from '../http/context.ts'
import type { Limits } from '../limits.ts'
import { textColumn } from '../store.ts'
import { requireFewTargets } from './bounds.ts'
import { boundedJson } from './key-objects.ts'
import { type Change, changeIfUser } from './stream.ts'

interface ToDeviceRequest {
  /** user id → device id or `*` → content */
  readonly messages: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>
}

const toDeviceSchema: WireSchema<ToDeviceRequest> = inPlace(
  v.looseObject({ messages: mapOf(mapOf(jsonObjectSchema)) }),
)

const EVERY_DEVICE = '*'

/** How long a transaction id is remembered, and how often those that are older are removed. */
const TRANSACTION_LIFETIME_MS = 24 * 60 * 60 * 1000
const CLEANED_EVERY = 64

const FULL_RETRY_MS = 60_000

/** Who sends what. */
interface Sending {
  readonly sender: string
  readonly senderDeviceId: string
  readonly type: string
  readonly txnId: string
  readonly sentAt: number
}

/** Contents for one user's devices, as JSON. */
type Contents = ReadonlyMap<string, string>

function contentsOf(messages: Readonly<Record<string, JsonObject>>, limits: Limits): Contents {
  return new Map(
    Object.entries(messages).map(([deviceId, content]) => [
      requireUsableId(deviceId, limits),
      boundedJson(content, limits.toDeviceContentBytes),
    ]),
  )
}

/** Forgets transactions that are old, and the oldest when there are very many. */
async function forgetTransactions(
  { tx, userId }: Change,
  now: number,
  { toDeviceTransactions }: Limits,
): Promise<void> {
  await tx.query(
    `DELETE FROM to_device_transactions WHERE user_id = $1 AND (sent_at < $2::bigint
       OR sent_at < (SELECT sent_at FROM to_device_transactions WHERE user_id = $1
         ORDER BY sent_at DESC OFFSET $3::bigint LIMIT 1))`,
    [userId, now - TRANSACTION_LIFETIME_MS, toDeviceTransactions],
  )
}

/** Whether the transaction is new to the receiver; remembers it either way. */
async function isNew({ tx, userId }: Change, sending: Sending): Promise<boolean> {
  const { sender, senderDeviceId, type, txnId, sentAt } = sending
  const { rows } = await tx.query(
    `INSERT INTO to_device_transactions (user_id, sender, sender_device_id, type, txn_id, sent_at)
     VALUES ($1, $2, $3, $4, $5, $6::bigint) ON CONFLICT DO NOTHING RETURNING txn_id`,
    [userId, sender, senderDeviceId, type, txnId, sentAt],
  )
  return rows.length > 0
}

async function requireRoom(
  change: Change,
  deviceIds: readonly string[],
  limits: Limits,
): Promise<void> {
  const { rows } = await change.tx.query(
    `SELECT count(*)::text AS waiting FROM to_device_messages
     WHERE user_id = $1 AND device_id = ANY($2::text[])
     GROUP BY device_id ORDER BY count(*) DESC LIMIT 1`,
    [change.userId, deviceIds],
  )
  const [fullest] = rows
  if (fullest === undefined || Number(textColumn(fullest, 'waiting')) < limits.toDeviceQueue) return
  throw new RefusedRequest([429, 'M_LIMIT_EXCEEDED'], 'Too many messages wait for a device', {
    body: { retry_after_ms: FULL_RETRY_MS },
    headers: { 'retry-after': String(FULL_RETRY_MS / 1000) },
  })
}

/** The devices that are there, with what is for each; one that is not there gets nothing. */
async function addressed({ tx, userId }: Change, contents: Contents): Promise<Contents> {
  const { rows } = await tx.query('SELECT device_id FROM devices WHERE user_id = $1', [userId])
  const forAll = contents.get(EVERY_DEVICE)
  return new Map(
    rows.flatMap((row) => {
      const deviceId = textColumn(row, 'device_id')
      const content = contents.get(deviceId) ?? forAll
      return content === undefined ? [] : [[deviceId, content] as const]
    }),
  )
}

async function enqueue(
  change: Change,
  sending: Sending,
  { contents, limits }: { readonly contents: Contents; readonly limits: Limits },
): Promise<void> {
  if (change.position % CLEANED_EVERY === 0)
    await forgetTransactions(change, sending.sentAt, limits)
  const messages = await addressed(change, contents)
  if (messages.size === 0 || !(await isNew(change, sending))) return
  await requireRoom(change, [...messages.keys()], limits)
  await change.tx.query(
    `INSERT INTO to_device_messages (user_id, position, sender, type, device_id, content)
     SELECT $1, $2::bigint, $3, $4, * FROM unnest($5::text[], $6::text[])`,
    [
      change.userId,
      change.position,
      sending.sender,
      sending.type,
      [...messages.keys()],
      [...messages.values()],
    ],
  )
}

function receiversOf(
  { messages }: ToDeviceRequest,
  { limits }: Services,
): readonly (readonly [string, Contents])[] {
  const receivers = Object.entries(messages).map(
    ([userId, ofUser]) => [requireUsableId(userId, limits), contentsOf(ofUser, limits)] as const,
  )
  requireFewTargets(
    receivers.reduce((sum, [, contents]) => sum + contents.size + 1, 0),
    limits,
  )
  return receivers
}

function sendingOf(context: UserContext): Sending {
  const { services, session } = context
  return {
    sender: session.userId,
    senderDeviceId: session.deviceId,
    type: idParam(context, 'eventType'),
    txnId: idParam(context, 'txnId'),
    sentAt: services.now(),
  }
}

/** Answers `PUT /sendToDevice/{eventType}/{txnId}`. Users who are not here get nothing. */
export const putToDevice: UserHandler = async (context) => {
  const { services } = context
  const { limits } = services
  const sending = sendingOf(context)
  const body = await readBody(context.request, toDeviceSchema, {
    maxBytes: limits.toDeviceBytes,
    maxDepth: limits.jsonDepth,
  })
  for (const [userId, contents] of receiversOf(body, services))
    await changeIfUser(services, userId, async (change) => {
      await enqueue(change, sending, { contents, limits })
    })
  return jsonAnswer({})
}
