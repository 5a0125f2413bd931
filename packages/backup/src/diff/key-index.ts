/**
 * The copies of all sessions of two sides, by address.
 *
 * A copy that both sides have is kept once. With ids and maps a key takes about 320 bytes, so that two
 * sources with the same million keys take 320 MB, and twice that when every key differs.
 */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Candidate, mergeCandidate } from '@roomkeys/megolm'
import type { RoomId, SessionId } from '@roomkeys/types'
import { BackupError } from '../errors.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import { type CopySlab, createCopySlab, NO_COPY } from './copy-slab.ts'
import type { Side, Sides } from './judge.ts'

/** Sessions that are held at once, of both sides together. */
export const MAX_INDEXED_SESSIONS = 4_194_304

const BITS: Readonly<Record<Side, number>> = { a: 1, b: 2 }
const BOTH = BITS.a | BITS.b

/** Copies by address. */
export interface KeyIndex {
  /**
   * Adds the copies that a side has of a session; those that it had are merged with them, as a store
   * does it. With none, the address alone is noted.
   *
   * @throws BackupError `too_large` past {@link MAX_INDEXED_SESSIONS}
   */
  readonly add: (side: Side, address: SessionAddress, copies: readonly Candidate[]) => void
  /** What the sides have under an address, or `null` when nothing came of it. */
  readonly get: (address: SessionAddress) => Sides | null
  /** Every address, and what the sides have; `null` where they have the very same. */
  readonly entries: () => Generator<readonly [SessionAddress, Sides | null]>
  /** Overwrites what was kept. */
  readonly destroy: () => void
}

/** The copies of a session in a slab, from the first number on. */
function createChains(slab: CopySlab) {
  function numbers(first: number): readonly number[] {
    const all: number[] = []
    for (let at = first; at !== NO_COPY; at = slab.next(at)) all.push(at)
    return all
  }

  function sidesOf(sessionId: SessionId, first: number): Sides {
    if (first === NO_COPY) return { a: [], b: [] }
    const publicKey = decodeBase64(sessionId)
    const copiesOf = (side: Side): readonly Candidate[] =>
      numbers(first)
        .filter((number) => (slab.sides(number) & BITS[side]) !== 0)
        .map((number) => slab.read(number, publicKey))
    return { a: copiesOf('a'), b: copiesOf('b') }
  }

  /** Gives a copy to a side: the same one, the place of one that nobody has, or a new one. */
  function insert(first: number, side: Side, copy: Candidate): number {
    const chain = numbers(first)
    const same = chain.find((number) => slab.sides(number) !== 0 && slab.isSame(number, copy))
    const free = same ?? chain.find((number) => slab.sides(number) === 0)
    const number = free ?? slab.add(copy)
    if (same === undefined && free !== undefined) slab.replace(number, copy)
    slab.setSides(number, slab.sides(number) | BITS[side])
    if (free !== undefined) return first
    slab.setNext(number, first)
    return number
  }

  /** Gives copies to a side in the place of those that it has; the first number from then on. */
  function assign(first: number, side: Side, copies: readonly Candidate[]): number {
    for (const number of numbers(first)) slab.setSides(number, slab.sides(number) & ~BITS[side])
    return copies.reduce((from, copy) => insert(from, side, copy), first)
  }

  const isAlike = (first: number): boolean =>
    numbers(first).every((number) => [0, BOTH].includes(slab.sides(number)))
  return { sidesOf, assign, isAlike }
}

function merged(held: readonly Candidate[], copies: readonly Candidate[]): readonly Candidate[] {
  if (held.length === 0) return copies
  return copies.reduce((all, copy) => mergeCandidate(all, copy).candidates, held)
}

type Room = Map<SessionId, number>

/** Makes an empty index. */
export function createKeyIndex(maxSessions: number = MAX_INDEXED_SESSIONS): KeyIndex {
  const slab = createCopySlab()
  const { sidesOf, assign, isAlike } = createChains(slab)
  const rooms = new Map<RoomId, Room>()
  let sessions = 0

  function placeOf({ roomId, sessionId }: SessionAddress): Room {
    const room: Room = rooms.get(roomId) ?? new Map<SessionId, number>()
    if (!room.has(sessionId)) sessions += 1
    if (sessions > maxSessions)
      throw new BackupError('too_large', `There are more than ${maxSessions} sessions`)
    rooms.set(roomId, room)
    return room
  }

  return {
    add: (side, address, copies) => {
      const room = placeOf(address)
      const first = room.get(address.sessionId) ?? NO_COPY
      const all = merged(sidesOf(address.sessionId, first)[side], copies)
      room.set(address.sessionId, assign(first, side, all))
    },
    get: ({ roomId, sessionId }) => {
      const first = rooms.get(roomId)?.get(sessionId)
      return first === undefined ? null : sidesOf(sessionId, first)
    },
    entries: function* () {
      for (const [roomId, room] of rooms)
        for (const [sessionId, first] of room)
          yield [{ roomId, sessionId }, isAlike(first) ? null : sidesOf(sessionId, first)]
    },
    destroy: () => {
      slab.destroy()
      rooms.clear()
    },
  }
}
