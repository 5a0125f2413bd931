/**
 * Who of an old version is settled, by room. What is finished does not have to be read again after an
 * interruption; what is in between is.
 *
 * A server may deliver a room in pieces: a room that comes again is not finished any more.
 */
import { BackupError } from '../errors.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import type { NotedRoom } from './intent.ts'
import { isNotCarried } from './reasons.ts'
import { type LossReason, type LostKey, NOTHING, sum, type Tally } from './report.ts'

/** Rooms that are noted; what is past it is read again after an interruption. */
export const MAX_NOTED_ROOMS = 2_000
/** Keys of one version that are listed because they cannot be opened; all are counted. */
export const MAX_LISTED = 100
/** Keys of one version that are opened and not carried over; with more there is no use in going on. */
export const MAX_NOT_CARRIED = 1_000

interface RoomAccount {
  tally: Tally
  /** Entries that came and are not settled yet. */
  open: number
  /** Finished by an interrupted pass; its entries are counted, and not looked at. */
  readonly skips: boolean
  seen: number
}

/** The accounts of one pass over a version. */
export interface Ledger {
  /** An entry came. `skip`: its room was finished before. */
  readonly came: (address: SessionAddress) => 'skip' | 'work'
  readonly settle: (address: SessionAddress, result: 'carried' | LossReason) => void
  /** Rooms that need not be read again. */
  readonly finished: (at: 'within' | 'end') => readonly NotedRoom[]
  /** Whether every room that was skipped came as it was when it was finished. */
  readonly isSound: () => boolean
  readonly total: () => Tally
}

function account(noted?: NotedRoom): RoomAccount {
  if (noted === undefined) return { tally: NOTHING, open: 0, skips: false, seen: 0 }
  const { entries, carried, lost, listed } = noted
  return { tally: { entries, carried, lost, listed }, open: 0, skips: true, seen: 0 }
}

/** Lists lost keys: those that were opened all, within a limit, and the first of the others. */
type List = (address: SessionAddress, reason: LossReason) => readonly LostKey[]

function createList(listed: readonly LostKey[]): List {
  let notCarried = listed.filter(({ reason }) => isNotCarried(reason)).length
  let unopened = listed.length - notCarried
  return ({ roomId, sessionId }, reason) => {
    if (isNotCarried(reason)) notCarried += 1
    else unopened += 1
    if (notCarried > MAX_NOT_CARRIED)
      throw new BackupError('would_lose_keys', 'Too many keys cannot be carried over')
    const isListed = isNotCarried(reason) || unopened <= MAX_LISTED
    return isListed ? [{ roomId, sessionId, reason }] : []
  }
}

/** The tally of one entry. */
function tallyOf(address: SessionAddress, result: 'carried' | LossReason, list: List): Tally {
  return result === 'carried'
    ? { ...NOTHING, entries: 1, carried: 1 }
    : { ...NOTHING, entries: 1, lost: { [result]: 1 }, listed: list(address, result) }
}

/** Opens the accounts of a pass. */
export function createLedger(noted: readonly NotedRoom[]): Ledger {
  const rooms = new Map(noted.map((room) => [room.roomId, account(room)]))
  const others = account()
  const list = createList(noted.flatMap(({ listed }) => listed))
  let last: RoomAccount | null = null

  function accountOf({ roomId }: SessionAddress): RoomAccount {
    const known = rooms.get(roomId)
    if (known !== undefined || rooms.size >= MAX_NOTED_ROOMS) return known ?? others
    const opened = account()
    rooms.set(roomId, opened)
    return opened
  }

  const isFinished = (one: RoomAccount, at: 'within' | 'end'): boolean =>
    one.skips ? at === 'within' || one.seen === one.tally.entries : one.open === 0 && one !== last

  return {
    came: (address) => {
      const one = accountOf(address)
      one.seen += 1
      last = one
      if (one.skips) return 'skip'
      one.open += 1
      return 'work'
    },
    settle: (address, result) => {
      const one = accountOf(address)
      one.open -= 1
      one.tally = sum(one.tally, tallyOf(address, result, list))
    },
    finished: (at) => {
      if (at === 'end') last = null
      return [...rooms]
        .filter(([, one]) => isFinished(one, at))
        .map(([roomId, { tally }]) => ({ roomId, ...tally }))
    },
    isSound: () => [...rooms.values()].every((one) => !one.skips || one.seen === one.tally.entries),
    total: () => [...rooms.values(), others].map(({ tally }) => tally).reduce(sum, NOTHING),
  }
}
