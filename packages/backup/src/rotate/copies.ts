/** What the new version holds of some keys, and how that stands to ours. */
import { compareSessions, type MegolmSession } from '@roomkeys/megolm'
import { type BackupVersion, isJsonObject } from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import type { BackupEntry } from '../entry.ts'
import { addressKey } from '../merge/address-key.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import { byRoom } from '../upload/server-copies.ts'
import { persistently } from './calls.ts'
import { openAll, type Opening, type ReadEntry } from './open.ts'
import type { RotateOptions } from './options.ts'
import type { Run } from './run.ts'

/** From so many keys of a room on, `by_room` reads the room in one request. */
const WHOLE_ROOM = 5

/** How keys are read: each by itself, or, where several are of one room, the room. */
export type ReadHow = 'by_key' | 'by_room'

/** A copy in the new version. */
export interface HeldCopy {
  /** `null` when the new key does not open it. */
  readonly megolm: MegolmSession | null
  readonly isVerified: boolean
}

/** Copies by address. */
export type HeldCopies = ReadonlyMap<string, HeldCopy>

async function readRoom(
  options: RotateOptions,
  version: BackupVersion,
  room: readonly SessionAddress[],
): Promise<readonly BackupEntry[]> {
  const wanted = new Set(room.map(addressKey))
  const entries: BackupEntry[] = []
  const [first] = room
  if (first === undefined) return entries
  const asked = { ...callOptions(options), roomId: first.roomId }
  for await (const entry of options.api.readKeys(version, asked))
    if (wanted.has(addressKey(entry))) entries.push(entry)
  return entries
}

async function readOne(
  options: RotateOptions,
  version: BackupVersion,
  { roomId, sessionId }: SessionAddress,
): Promise<readonly BackupEntry[]> {
  const address = { roomId, sessionId }
  const data = await options.api.readKey(version, address, callOptions(options))
  return data === null ? [] : [{ ...address, data }]
}

async function readEntries(
  { options, target: { version } }: Run,
  addresses: readonly SessionAddress[],
  how: ReadHow,
): Promise<readonly BackupEntry[]> {
  const found: BackupEntry[] = []
  for (const room of byRoom(addresses).values()) {
    const isWhole = how === 'by_room' && room.length >= WHOLE_ROOM
    const reads = isWhole
      ? [() => readRoom(options, version, room)]
      : room.map((address) => () => readOne(options, version, address))
    for (const read of reads) found.push(...(await persistently(options, read)))
  }
  return found
}

/** Reads and opens what the new version holds at these addresses. */
export async function heldCopies(
  run: Run,
  addresses: readonly SessionAddress[],
  how: ReadHow,
): Promise<HeldCopies> {
  const { options, target } = run
  const entries = await readEntries(run, addresses, how)
  const opening: Opening = { algorithm: target.algorithm, keys: [target.key] }
  const tried = await openAll(options, entries, opening)
  return new Map(
    tried.map(({ entry, reading }) => {
      const megolm = typeof reading === 'object' ? reading.megolm : null
      const isVerified = isJsonObject(entry.data) && entry.data['is_verified'] === true
      return [addressKey(entry), { megolm, isVerified }]
    }),
  )
}

/**
 * How a held copy stands to ours. `covers`: connected, and as early. `lacks`: it begins later, cannot
 * be opened, or is not there. `conflicts`: it is another ratchet, and nothing says which is true.
 */
export type Standing = 'covers' | 'lacks' | 'conflicts'

/** Compares what is held with ours. */
export function standingOf({ megolm }: ReadEntry, held: HeldCopy | undefined): Standing {
  if (held === undefined || held.megolm === null) return 'lacks'
  switch (compareSessions(megolm, held.megolm)) {
    case 'equal':
    case 'worse':
      return 'covers'
    case 'better':
      return 'lacks'
    case 'conflicting':
    case 'another_session':
      return 'conflicts'
  }
}
