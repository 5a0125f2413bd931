/**
 * `GET /sync` without rooms: account data, messages to the device, device lists and counts of keys.
 *
 * It answers at once when there is something after `since`, and otherwise waits for it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync
 */
import { signedOut } from '../devices/stream.ts'
import { RefusedRequest } from '../errors.ts'
import { writtenJson } from '../http/answers.ts'
import type { Services, UserContext, UserHandler } from '../http/context.ts'
import { tooManyRequests } from '../operations/rate-limits.ts'
import { textColumn } from '../store.ts'
import { type Filter, filterInQuery } from './filters.ts'
import {
  accountDataIn,
  deviceListsIn,
  dropMessages,
  type KeyState,
  keyStateOf,
  messagesIn,
  type StoredEvent,
  type WaitingMessages,
} from './sections.ts'
import { parseSyncToken, type SyncToken, writeSyncToken } from './sync-token.ts'
import type { Watch } from './wake-ups.ts'

/** Account data of before there was a stream has position 0. */
const BEFORE_ALL = -1

/** What a client asks for. */
interface SyncRequest {
  readonly since: SyncToken | null
  readonly filter: Filter
  readonly timeoutMs: number
  readonly fullState: boolean
}

/** Where a user's stream is, and where this device's keys last changed. */
interface StreamState {
  readonly position: number
  readonly epoch: string
  readonly keyCountsPosition: number
}

/** What there is after `since`. */
interface Findings {
  readonly initial: boolean
  readonly next: SyncToken
  readonly accountData: readonly StoredEvent[]
  readonly messages: WaitingMessages
  readonly changedUsers: readonly string[]
  readonly keysChanged: boolean
}

function wholeNumber({ query }: UserContext, name: string): number {
  const text = query.get(name) ?? '0'
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new RefusedRequest([400, 'M_INVALID_PARAM'], `${name} has to be a whole number`)
}

async function readRequest(context: UserContext): Promise<SyncRequest> {
  const { query, services } = context
  const since = query.get('since')
  return {
    since: since ? parseSyncToken(since) : null,
    filter: await filterInQuery(context),
    timeoutMs: Math.min(wholeNumber(context, 'timeout'), services.limits.syncTimeoutMs),
    fullState: query.get('full_state') === 'true',
  }
}

/** The state of the stream; a device that was removed in the meantime is signed out. */
async function streamState({ services, session }: UserContext): Promise<StreamState> {
  const { rows } = await services.store.query(
    `SELECT stream_position::text AS position, stream_epoch AS epoch,
       key_counts_position::text AS key_counts_position
     FROM users JOIN devices ON devices.user_id = users.user_id
     WHERE users.user_id = $1 AND devices.user_id = $1 AND devices.device_id = $2`,
    [session.userId, session.deviceId],
  )
  if (rows[0] === undefined) throw signedOut()
  return {
    position: Number(textColumn(rows[0], 'position')),
    epoch: textColumn(rows[0], 'epoch'),
    keyCountsPosition: Number(textColumn(rows[0], 'key_counts_position')),
  }
}

/** A token of another database, or of a later state than this one, means that it was reset. */
function isKnown(since: SyncToken, { position, epoch }: StreamState): boolean {
  return since.epoch === epoch && since.position <= position && since.toDevicePosition <= position
}

async function find(
  { services: { store, limits }, session }: UserContext,
  { since, filter }: SyncRequest,
  state: StreamState,
): Promise<Findings> {
  const known = since !== null && isKnown(since, state) ? since : null
  const after = known?.position ?? BEFORE_ALL
  const range = { after, upTo: state.position }
  const messages = await messagesIn(store, session, {
    after: known?.toDevicePosition ?? BEFORE_ALL,
    upTo: state.position,
    limit: limits.toDevicePerSync,
  })
  return {
    initial: known === null,
    next: { position: state.position, toDevicePosition: messages.upTo, epoch: state.epoch },
    accountData: await accountDataIn(store, session, { ...range, filter }),
    messages,
    // Whoever starts anew asks for keys anyway; whoever has another past has to be told to.
    changedUsers: since === null ? [] : await deviceListsIn(store, session, range),
    keysChanged: state.keyCountsPosition > after,
  }
}

function isWorthAnswering(found: Findings): boolean {
  return (
    found.initial ||
    found.keysChanged ||
    found.accountData.length > 0 ||
    found.messages.events.length > 0 ||
    found.changedUsers.length > 0
  )
}

/** The stored text of contents goes out as it is. */
function eventsJson(events: readonly StoredEvent[]): string {
  const written = events.map(({ type, sender, content }) => {
    const from = sender === undefined ? '' : `"sender":${JSON.stringify(sender)},`
    return `{"type":${JSON.stringify(type)},${from}"content":${content}}`
  })
  return `{"events":[${written.join(',')}]}`
}

function syncJson(found: Findings, { counts, unusedFallbacks }: KeyState): string {
  return `{${[
    `"next_batch":${JSON.stringify(writeSyncToken(found.next))}`,
    `"account_data":${eventsJson(found.accountData)}`,
    `"to_device":${eventsJson(found.messages.events)}`,
    `"device_lists":${JSON.stringify({ changed: found.changedUsers, left: [] })}`,
    `"device_one_time_keys_count":${JSON.stringify(counts)}`,
    `"device_unused_fallback_key_types":${JSON.stringify(unusedFallbacks)}`,
  ].join()}}`
}

/** Nobody reads this; the database may be about to close, so nothing more is asked of it. */
function clientLeft(): RefusedRequest {
  return new RefusedRequest([408, 'M_UNKNOWN'], 'The client went away')
}

/** Looks, and looks again whenever there may be more, until there is or time is up. */
async function findOrWait(
  context: UserContext,
  asked: SyncRequest,
  watch: Watch,
): Promise<Findings> {
  const { signal } = context.request
  // Waiting takes real time, whatever clock the server is given.
  const deadline = performance.now() + asked.timeoutMs
  for (;;) {
    const state = await streamState(context)
    const found = await find(context, asked, state)
    const timeoutMs = deadline - performance.now()
    if (isWorthAnswering(found) || asked.fullState || timeoutMs <= 0) return found
    const why = await watch.next(state.position, { timeoutMs, signal })
    if (signal.aborted) throw clientLeft()
    if (why === 'over') return found
  }
}

/** Everything up to `since` has arrived, so its messages need not be kept. */
async function acknowledge(context: UserContext, since: SyncToken | null): Promise<void> {
  if (since === null || !isKnown(since, await streamState(context))) return
  await dropMessages(context.services.store, context.session, since.toDevicePosition)
}

/** Each wait holds a connection. */
const CROWDED_RETRY_MS = 5_000

function watchStream({ wakeUps, limits }: Services, userId: string): Watch {
  if (wakeUps.watching(userId) >= limits.syncsPerUser) throw tooManyRequests(CROWDED_RETRY_MS)
  return wakeUps.watch(userId)
}

/** Answers `GET /sync`. */
export const getSync: UserHandler = async (context) => {
  const { services, session } = context
  const asked = await readRequest(context)
  await acknowledge(context, asked.since)
  // The watch begins before the first look, so that no change falls between the two.
  using watch = watchStream(services, session.userId)
  const found = await findOrWait(context, asked, watch)
  return writtenJson(syncJson(found, await keyStateOf(services.store, session)))
}
