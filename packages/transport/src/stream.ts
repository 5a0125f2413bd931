/**
 * `GET /room_keys/keys` as it arrives. The answer has no pages and may be larger than memory; its
 * bytes are handed on as they come, and no faster than they are taken.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeys
 */
import type { RoomId } from '@roomkeys/types'
import type { VersionArgs } from './backup-versions.ts'
import { type CallOptions, openAnswer, unlessAborted } from './call.ts'
import { connection, type Homeserver } from './homeserver.ts'
import { brokeOff, nextChunk, stop } from './read-text.ts'
import type { Route } from './route.ts'

const ALL_KEYS: Route = 'GET /_matrix/client/v3/room_keys/keys?version={version}'
const KEYS_OF_ROOM: Route = 'GET /_matrix/client/v3/room_keys/keys/{roomId}?version={version}'

/** Names the keys to read: of a version, or of one room in it. */
export interface StreamRoomKeysArgs extends VersionArgs {
  readonly roomId?: RoomId
}

/** React Native has no streams: there the platform has read the body already. */
async function* wholeBody(response: Response, route: Route): AsyncGenerator<Uint8Array, void> {
  yield new TextEncoder().encode(await response.text().catch(brokeOff(route)))
}

async function* piecesOf(
  response: Response,
  route: Route,
  timeoutMs: number,
): AsyncGenerator<Uint8Array, void> {
  const reader = response.body?.getReader()
  if (reader === undefined) {
    yield* wholeBody(response, route)
    return
  }
  try {
    for (;;) {
      const chunk = await nextChunk(reader, route, timeoutMs)
      if (chunk.done) return
      yield chunk.value
    }
  } finally {
    stop(reader)
  }
}

/** Ends with the signal's reason as soon as it is aborted, whatever the source does. */
async function* until(
  signal: AbortSignal | undefined,
  pieces: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      signal?.throwIfAborted()
      const piece = await unlessAborted(pieces.next(), signal)
      if (piece.done === true) return
      yield piece.value
    }
  } finally {
    // Not awaited: a source that hangs must not hold the caller.
    pieces.return(undefined).catch(() => undefined)
  }
}

/**
 * Reads the keys of a version, or of one room in it, in pieces of the body. Sends nothing before the
 * first piece is asked for. Leaving the loop ends the request.
 *
 * The homeserver's timeout is for the answer to begin, and for each pause in it.
 *
 * @throws TransportError - `not_found` when there is no such version
 * @throws the signal's reason when it is aborted
 */
export async function* streamRoomKeys(
  homeserver: Homeserver,
  { version, roomId }: StreamRoomKeysArgs,
  { signal }: CallOptions = {},
): AsyncGenerator<Uint8Array> {
  const route = roomId === undefined ? ALL_KEYS : KEYS_OF_ROOM
  const args: object = { version, roomId }
  const { timeoutMs } = homeserver[connection]
  signal?.throwIfAborted()
  const answer = openAnswer(homeserver, { route, args, ...(signal && { signal }) })
  yield* until(signal, piecesOf(await unlessAborted(answer, signal), route, timeoutMs))
}
