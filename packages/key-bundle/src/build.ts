/**
 * Building a bundle: sessions whose history may be shared are put in, the others are listed as
 * withheld, and every session has an outcome.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#construction-and-sharing-of-the-key-bundle
 */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { isEd25519PublicKey } from '@roomkeys/crypto/ed25519'
import { exportedSessionDataSchema, type ExportedSessionData, MEGOLM_V1 } from '@roomkeys/types'
import { checkEntry, type FailedEntry, parseEntry, settle } from './entry.ts'
import { BundleEntryError } from './errors.ts'
import { isShareable } from './shareable.ts'
import {
  HISTORY_NOT_SHARED,
  type HistoricRoomKey,
  type RoomKeyBundle,
  type RoomKeyWithheld,
} from './wire.ts'

/** How a bundle is built. */
export interface BuildOptions {
  /** The room that the bundle is for. */
  readonly roomId: string
  /**
   * What was withheld in a bundle that was received for this room, to be passed on. Only entries of
   * the room with the code `m.history_not_shared` are.
   */
  readonly withheld?: readonly RoomKeyWithheld[]
}

/** What was put right in a session. */
export type BuildNote =
  /** What its device claimed as its Ed25519 key is missing or no key, and is not written. */
  'no_claimed_key'

/** What became of a session that was given. */
export type BuildOutcome =
  | {
      /** `superseded`: another copy of the session is in the bundle, one that may be shared. */
      readonly status: 'included' | 'withheld' | 'superseded'
      /** Place among the sessions, from 0. */
      readonly position: number
      readonly sessionId: string
      /** Index of the first message that this copy decrypts. */
      readonly firstMessageIndex: number
      readonly notes: readonly BuildNote[]
    }
  | FailedEntry

/** A bundle, and what became of each session. */
export interface BuiltBundle {
  readonly bundle: RoomKeyBundle
  /** One for each session, in their order. */
  readonly outcomes: readonly BuildOutcome[]
}

/**
 * Whether a text is the base64 of 32 bytes. Readers refuse a whole bundle because of one entry that
 * is not to their liking, so nothing goes in that is not.
 */
function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=?$/.test(text)
}

/** Whether a text is an Ed25519 public key; half of all 32 bytes are not. */
function isSigningKey(text: string): boolean {
  return isKey(text) && isEd25519PublicKey(decodeBase64(text))
}

interface Candidate {
  readonly status: 'candidate'
  readonly position: number
  readonly session: ExportedSessionData
  readonly index: number
}

function examine(value: unknown, position: number, roomId: string): Candidate | FailedEntry {
  return settle(position, () => {
    const session = parseEntry(exportedSessionDataSchema, value)
    const index = checkEntry(session, roomId)
    if (isKey(session.sender_key)) return { status: 'candidate', position, session, index }
    throw new BundleEntryError('malformed_sender_key', 'The sender_key is no Curve25519 key')
  })
}

/** Of each session one copy: one that may be shared if there is one, of those the earliest. */
function chooseCopies(candidates: readonly Candidate[]): ReadonlySet<Candidate> {
  const chosen = new Map<string, Candidate>()
  for (const candidate of candidates) {
    const { session_id: id } = candidate.session
    const rival = chosen.get(id)
    if (rival === undefined || isBetter(candidate, rival)) chosen.set(id, candidate)
  }
  return new Set(chosen.values())
}

function isBetter(one: Candidate, other: Candidate): boolean {
  const [shareable, rival] = [isShareable(one.session), isShareable(other.session)]
  return shareable === rival ? one.index < other.index : shareable
}

/** The specified fields and no other: what else a client keeps with a session is nobody's business. */
function toHistoric(session: ExportedSessionData): HistoricRoomKey {
  const { algorithm, room_id, sender_key, session_id, session_key } = session
  const sender_claimed_keys = claimedKeys(session)
  return { algorithm, room_id, sender_key, sender_claimed_keys, session_id, session_key }
}

function claimedKeys({ sender_claimed_keys }: ExportedSessionData): { readonly ed25519?: string } {
  const { ed25519 } = sender_claimed_keys
  return ed25519 !== undefined && isSigningKey(ed25519) ? { ed25519 } : {}
}

type AboutSession = Pick<RoomKeyWithheld, 'room_id' | 'sender_key' | 'session_id'>

function toWithheld({ room_id, sender_key, session_id }: AboutSession): RoomKeyWithheld {
  const reason = 'History not shared'
  return { algorithm: MEGOLM_V1, code: HISTORY_NOT_SHARED, reason, room_id, sender_key, session_id }
}

/** Withheld entries to pass on, each session once, and none that is in the bundle anyway. */
function passOn({ roomId, withheld = [] }: BuildOptions, known: ReadonlySet<string>) {
  const entries = withheld
    .filter(({ code, algorithm }) => code === HISTORY_NOT_SHARED && algorithm === MEGOLM_V1)
    .filter(({ room_id, sender_key }) => room_id === roomId && isKey(sender_key))
    .filter(({ session_id }) => !known.has(session_id))
    .map(toWithheld)
  return new Map(entries.map((entry) => [entry.session_id, entry])).values()
}

function outcomeOf(candidate: Candidate, chosen: ReadonlySet<Candidate>): BuildOutcome {
  const { position, session, index } = candidate
  const sharing = isShareable(session) ? 'included' : 'withheld'
  const status = chosen.has(candidate) ? sharing : 'superseded'
  const notes = 'ed25519' in claimedKeys(session) ? [] : (['no_claimed_key'] as const)
  return { status, position, sessionId: session.session_id, firstMessageIndex: index, notes }
}

/**
 * Builds a bundle. Sessions of other rooms, and those that are not what they claim to be, fail; they
 * cost no other.
 *
 * @throws TypeError when `roomId` is no room id
 * @param sessions - as an export file or a backup holds them, with the flag of their shared history
 */
export function buildRoomKeyBundle(
  sessions: Iterable<ExportedSessionData>,
  options: BuildOptions,
): BuiltBundle {
  if (!options.roomId.startsWith('!')) throw new TypeError('roomId must be a room id')
  const examined = Array.from(sessions, (session, at) => examine(session, at, options.roomId))
  const chosen = chooseCopies(examined.filter((entry) => entry.status === 'candidate'))
  const copies = Array.from(chosen, ({ session }) => session)
  const known = new Set(copies.map(({ session_id }) => session_id))
  const own = copies.filter((session) => !isShareable(session)).map(toWithheld)
  return {
    bundle: {
      room_keys: copies.filter(isShareable).map(toHistoric),
      withheld: [...own, ...passOn(options, known)],
    },
    outcomes: examined.map((entry) =>
      entry.status === 'failed' ? entry : outcomeOf(entry, chosen),
    ),
  }
}
