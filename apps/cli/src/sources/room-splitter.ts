/**
 * The body of `GET /room_keys/keys`, room by room, as the bytes arrive. The bytes of a room stay as
 * they came: a snapshot keeps what is damaged, too.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeys
 */
import { BackupError } from '@roomkeys/backup'

/** What comes of a body, in this order: a room's name, its value in pieces, its end. */
export type RoomPart =
  /** The name as it came: JSON, quotes included. */
  | { readonly type: 'room'; readonly name: string }
  | { readonly type: 'value'; readonly bytes: Uint8Array }
  /** `offset`: bytes of the body up to here. `entries`: sessions of this room. */
  | { readonly type: 'end'; readonly offset: number; readonly entries: number }

/** Takes a body apart. */
export interface RoomSplitter {
  readonly push: (bytes: Uint8Array) => readonly RoomPart[]
  /** Throws unless the body is whole. */
  readonly end: () => void
}

/** The longest name that is kept, in bytes; a room id has at most 255. */
const MAX_NAME_BYTES = 65_536

const code = (character: string): number => character.charCodeAt(0)
const QUOTE = code('"')
const BACKSLASH = code('\\')
const OPEN = code('{')
const CLOSE = code('}')
const OPEN_LIST = code('[')
const CLOSE_LIST = code(']')
const COLON = code(':')
const COMMA = code(',')

/** Depths: 1 the body, 2 `rooms`, 3 a room, 4 its `sessions`, 5 a session. */
const ROOMS_DEPTH = 2
const ROOM_DEPTH = 3
const SESSION_DEPTH = 5

function malformed(why: string): BackupError {
  return new BackupError('malformed_keys', `These are not the keys of a backup: ${why}`)
}

interface State {
  depth: number
  inString: boolean
  escaped: boolean
  /** Bytes of the name that is being read, or was read last, at each depth that matters. */
  readonly names: Map<number, number[]>
  /** Whether a name comes next at this depth. */
  wantsName: boolean
  /** Inside the value of a room. */
  inRoom: boolean
  entries: number
  offset: number
  ended: boolean
}

const DECODER = new TextDecoder('utf-8', { fatal: true })

function nameAt({ names }: State, depth: number): string {
  try {
    return DECODER.decode(Uint8Array.from(names.get(depth) ?? []))
  } catch {
    throw malformed('a name is no text')
  }
}

function isRooms(state: State): boolean {
  return nameAt(state, 1) === '"rooms"'
}

/** A byte of a string. */
function inString(state: State, byte: number): void {
  if (state.wantsName) {
    const name = state.names.get(state.depth)
    if (name !== undefined && name.push(byte) > MAX_NAME_BYTES)
      throw malformed('a name is too long')
  }
  if (state.escaped) state.escaped = false
  else if (byte === BACKSLASH) state.escaped = true
  else if (byte === QUOTE) state.inString = false
}

function beginString(state: State): void {
  state.inString = true
  if (state.wantsName && state.depth <= ROOM_DEPTH) state.names.set(state.depth, [QUOTE])
}

function open(state: State, byte: number): void {
  if (state.depth === 0 && byte !== OPEN) throw malformed('they are no object')
  state.depth += 1
  state.wantsName = byte === OPEN && state.depth <= ROOM_DEPTH
}

function close(state: State): void {
  const isSession = state.inRoom && state.depth === SESSION_DEPTH
  if (isSession && nameAt(state, ROOM_DEPTH) === '"sessions"') state.entries += 1
  state.depth -= 1
  state.wantsName = false
  if (state.depth === 0) state.ended = true
}

const SPACES: readonly number[] = [0x20, 0x0a, 0x0d, 0x09]

/** Steps over a byte that is in no string. */
function step(state: State, byte: number): void {
  if (state.ended && !SPACES.includes(byte)) throw malformed('something follows them')
  if (byte === QUOTE) beginString(state)
  else if (byte === OPEN || byte === OPEN_LIST) open(state, byte)
  else if (byte === CLOSE || byte === CLOSE_LIST) close(state)
  else if (byte === COMMA) state.wantsName = state.depth <= ROOM_DEPTH
  else if (byte === COLON) state.wantsName = false
  if (state.depth < 0 || (state.depth === 0 && !state.ended && !SPACES.includes(byte)))
    throw malformed('they are no object')
}

/** Steps over a byte; says where a room begins or ends. */
function advance(state: State, byte: number): 'room' | 'end' | null {
  state.offset += 1
  const before = state.depth
  if (state.inString) inString(state, byte)
  else step(state, byte)
  if (state.inRoom) {
    if (state.depth >= ROOM_DEPTH) return null
    state.inRoom = false
    return 'end'
  }
  const isRoom = before === ROOMS_DEPTH && state.depth === ROOM_DEPTH && isRooms(state)
  if (!isRoom) return null
  if (byte !== OPEN) throw malformed('a room is no object')
  state.inRoom = true
  state.entries = 0
  return 'room'
}

/** Begins to take a body apart. */
export function createRoomSplitter(): RoomSplitter {
  const state: State = {
    depth: 0,
    inString: false,
    escaped: false,
    names: new Map(),
    wantsName: false,
    inRoom: false,
    entries: 0,
    offset: 0,
    ended: false,
  }
  return {
    push: (bytes) => {
      const parts: RoomPart[] = []
      let from = 0
      for (let at = 0; at < bytes.length; at++) {
        const event = advance(state, bytes[at] ?? 0)
        if (event === null) continue
        if (event === 'room') {
          parts.push({ type: 'room', name: nameAt(state, ROOMS_DEPTH) })
          from = at
          continue
        }
        parts.push({ type: 'value', bytes: bytes.subarray(from, at + 1) })
        parts.push({ type: 'end', offset: state.offset, entries: state.entries })
      }
      if (state.inRoom) parts.push({ type: 'value', bytes: bytes.subarray(from) })
      return parts
    },
    end: () => {
      if (!state.ended) throw malformed('they break off')
    },
  }
}
