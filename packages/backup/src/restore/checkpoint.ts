/**
 * How far a restore of everything came, as a record of the journal.
 *
 * It counts for the same version in the same state with the same key, and as long as the store has not
 * lost keys since. A record that cannot be read is none: everything is read again, and nothing is lost.
 */
import {
  type BackupVersionInfo,
  inPlace,
  type JsonObject,
  wireIntegerSchema,
  type WireSchema,
} from '@roomkeys/types'
import * as v from 'valibot'
import type { DecryptionKey } from '../decryption-key.ts'
import type { Journal } from '../ports/journal.ts'
import type { RoomKeyStore } from '../ports/room-key-store.ts'

/** Name of the record in the journal. */
export const RESTORE_RECORD = 'restore'

/** Rooms that are noted; what is past it is read again after an interruption. */
const MAX_NOTED_ROOMS = 20_000

/** A room whose entries are all in the store, and how many they are. */
type NotedRoom = readonly [roomId: string, entries: number]

/** The state of a backup that a restore is of. */
interface RestoredState {
  readonly version: string
  readonly etag: string
  readonly count: number
  readonly public_key: string
}

interface CheckpointRecord extends JsonObject, RestoredState {
  readonly version: string
  readonly etag: string
  readonly count: number
  readonly public_key: string
  /** Sessions in the store when this was written. */
  readonly stored: number
  /** `all`: every key. */
  readonly rooms: 'all' | readonly NotedRoom[]
}

const noted: WireSchema<NotedRoom> = v.tuple([v.string(), wireIntegerSchema])

const recordSchema: WireSchema<CheckpointRecord> = inPlace(
  v.looseObject({
    version: v.string(),
    etag: v.string(),
    count: wireIntegerSchema,
    public_key: v.string(),
    stored: wireIntegerSchema,
    rooms: v.union([v.literal('all'), v.array(noted)]),
  }),
)

/** What is restored already: every key, or these rooms with their numbers of entries. */
export type Restored = 'all' | ReadonlyMap<string, number>

/** What checkpoints are written to, and of what. */
export interface CheckpointContext {
  readonly journal: Journal
  readonly store: RoomKeyStore
  readonly version: BackupVersionInfo
  readonly key: DecryptionKey
}

function stateOf({ version, key }: CheckpointContext): RestoredState {
  const { etag, count } = version
  return { version: version.version, etag, count, public_key: key.publicKey }
}

async function storedCount({ store, version }: CheckpointContext): Promise<number> {
  return (await store.counts(version.version)).total
}

/** Reads what was restored of this state of the backup. */
export async function readCheckpoint(context: CheckpointContext): Promise<Restored> {
  const read = v.safeParse(recordSchema, await context.journal.read(RESTORE_RECORD))
  if (!read.success) return new Map()
  const record = read.output
  const state = Object.entries(stateOf(context))
  if (state.some(([name, value]) => record[name] !== value)) return new Map()
  if ((await storedCount(context)) < record.stored) return new Map()
  return record.rooms === 'all' ? 'all' : new Map(record.rooms)
}

/** Writes what is restored; durable when this resolves. */
export async function writeCheckpoint(
  context: CheckpointContext,
  restored: Restored,
): Promise<void> {
  const rooms = restored === 'all' ? restored : [...restored].slice(0, MAX_NOTED_ROOMS)
  const record = { ...stateOf(context), stored: await storedCount(context), rooms }
  await context.journal.write(RESTORE_RECORD, record)
}
