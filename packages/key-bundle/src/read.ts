/**
 * Reading a bundle: an outcome for each of its entries.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#receiving-a-key-bundle-event
 */
import {
  type ExportedSessionData,
  parseWire,
  repairSession,
  type SessionNote,
  WireShapeError,
} from '@roomkeys/types'
import { assertRoom, checkEntry, type FailedEntry, parseEntry, settle } from './entry.ts'
import { KeyBundleError } from './errors.ts'
import { SHAREABLE } from './shareable.ts'
import {
  type HistoricRoomKey,
  historicRoomKeySchema,
  type RoomKeyWithheld,
  roomKeyWithheldSchema,
  type UnreadBundle,
  unreadBundleSchema,
} from './wire.ts'

/** How a bundle is read. */
export interface ReadOptions {
  /** The room that one was invited to; sessions of other rooms are refused. */
  readonly roomId: string
  /**
   * User id of who sent the bundle. There is nobody's word but theirs for whose sessions these are, so
   * it must be kept with the sessions and shown to people.
   */
  readonly sharedBy: string
}

/** What a reader should know about a session of a bundle. */
export type BundleNote =
  | Exclude<SessionNote, 'forwarding_chain_missing' | 'forwarded'>
  /** The bundle also lists the session as withheld, which the specification forbids. */
  | 'also_withheld'

/** A session of the bundle that is what it claims to be. */
export interface OpenedKey {
  readonly status: 'opened'
  /** Place in `room_keys`, from 0. */
  readonly position: number
  readonly sessionId: string
  /**
   * The session, ready for an export file: the specified fields alone, and the flag that it may be
   * shared further. Nothing proves who made it.
   */
  readonly session: ExportedSessionData
  /** Index of the first message that the session decrypts. */
  readonly firstMessageIndex: number
  /** Who says so. */
  readonly sharedBy: string
  readonly notes: readonly BundleNote[]
}

/** A session that the sender has and does not share. */
export interface WithheldKey {
  readonly status: 'withheld'
  /** Place in `withheld`, from 0. */
  readonly position: number
  readonly sessionId: string
  /** `m.history_not_shared`, or another reason. */
  readonly code: string
  /** The entry as it came. */
  readonly withheld: RoomKeyWithheld
}

/** Everything in a bundle: an outcome for each entry, in their order. */
export interface ReadBundle {
  readonly keys: readonly (OpenedKey | FailedEntry)[]
  readonly withheld: readonly (WithheldKey | FailedEntry)[]
}

/** The chain is no part of an entry, so it is neither missed nor taken over. */
function isBundleNote(note: SessionNote): note is Exclude<BundleNote, 'also_withheld'> {
  return note !== 'forwarding_chain_missing' && note !== 'forwarded'
}

/** Fields that the specification does not know are left behind: some of them say what to trust. */
function toExported(key: HistoricRoomKey): ExportedSessionData {
  const { algorithm, room_id, sender_key, sender_claimed_keys, session_id, session_key } = key
  return {
    algorithm,
    forwarding_curve25519_key_chain: [],
    room_id,
    sender_claimed_keys,
    sender_key,
    session_id,
    session_key,
    ...SHAREABLE,
  }
}

interface Entry {
  readonly value: unknown
  readonly position: number
}

function readKey({ value, position }: Entry, { roomId, sharedBy }: ReadOptions) {
  return settle(position, (): OpenedKey => {
    const repaired = repairSession(value)
    const key = parseEntry(historicRoomKeySchema, repaired.value)
    return {
      status: 'opened',
      position,
      sessionId: key.session_id,
      firstMessageIndex: checkEntry(key, roomId),
      session: toExported(key),
      sharedBy,
      notes: repaired.notes.filter(isBundleNote),
    }
  })
}

function readWithheld({ value, position }: Entry, { roomId }: ReadOptions) {
  return settle(position, (): WithheldKey => {
    const withheld = parseEntry(roomKeyWithheldSchema, value)
    assertRoom(withheld, roomId)
    const { session_id: sessionId, code } = withheld
    return { status: 'withheld', position, sessionId, code, withheld }
  })
}

function parseBundle(value: unknown): UnreadBundle {
  try {
    return parseWire(unreadBundleSchema, value, 'the bundle')
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw new KeyBundleError('malformed_bundle', cause.message, { cause })
  }
}

/**
 * Reads a bundle that has been decrypted and parsed as JSON. An entry that cannot be used costs no
 * other.
 *
 * @throws KeyBundleError `malformed_bundle` when it is no bundle at all
 */
export function readRoomKeyBundle(value: unknown, options: ReadOptions): ReadBundle {
  const { room_keys = [], withheld: notShared = [] } = parseBundle(value)
  const withheld = notShared.map((value, position) => readWithheld({ value, position }, options))
  const ids = new Set(
    withheld.filter((entry) => entry.status === 'withheld').map(({ sessionId }) => sessionId),
  )
  const keys = room_keys.map((value, position) => {
    const entry = readKey({ value, position }, options)
    if (entry.status === 'failed' || !ids.has(entry.sessionId)) return entry
    return { ...entry, notes: [...entry.notes, 'also_withheld' as const] }
  })
  return { keys, withheld }
}
