/**
 * The intent of a rotation, as a record of the journal. It is written before what it announces is done,
 * and holds no secrets.
 */
import {
  type BackupVersion,
  type JsonObject,
  type RoomId,
  type SessionId,
  wireIntegerSchema,
  type WireSchema,
} from '@roomkeys/types'
import * as v from 'valibot'
import { BackupError } from '../errors.ts'
import type { RotationPorts } from './options.ts'
import { isLossReason } from './reasons.ts'
import type { LossCounts, LossReason, LostKey, SourceReport, Tally } from './report.ts'

/** Name of the record in the journal. */
export const ROTATION_RECORD = 'rotation'

/** An old version, as it was found. */
export interface PlannedSource {
  readonly version: BackupVersion
  /** `null` when it cannot be read. */
  readonly publicKey: string | null
}

/** What a version held: it has not changed while both are the same. */
export interface Contents {
  readonly etag: string
  readonly count: number
}

/** A room whose entries are all settled, or, at the end, all that there are. */
export interface NotedRoom extends Tally {
  readonly roomId: string
}

/** An old version that is done. */
export interface DoneSource extends SourceReport, Contents {}

/** How far the copy is. */
export interface Copying {
  readonly done: readonly DoneSource[]
  /** The version that is being read, and its rooms that are finished. */
  readonly rooms: readonly NotedRoom[]
  /** What the version held when reading began. */
  readonly contents: Contents | null
}

interface Common {
  /** Recognises the version that this rotation made. */
  readonly id: string
  /** Name of the algorithm of the new version. */
  readonly algorithm: string
  /** Public key of the new version. */
  readonly publicKey: string
  readonly sources: readonly PlannedSource[]
}

/** A rotation that is going to make its version. */
export interface Preparing extends Common {
  readonly stage: 'preparing'
  /** The current version when this was planned. */
  readonly seen: BackupVersion
}

/** A rotation that has a version. */
export interface Made extends Common {
  readonly version: BackupVersion
  readonly stage: 'copying' | 'copied' | 'verified' | 'stored' | 'offered'
  readonly copy: Copying
}

/** The intent. */
export type Intent = Preparing | Made

/** A copy that has not begun. */
export const NOT_BEGUN: Copying = { done: [], rooms: [], contents: null }

const text = v.string()
// The brand alone: that the server names it so was seen when it was written.
const version = v.custom<BackupVersion>((value) => typeof value === 'string', 'string')
const room = v.custom<RoomId>((value) => typeof value === 'string', 'string')
const session = v.custom<SessionId>((value) => typeof value === 'string', 'string')
const reason = v.custom<LossReason>(isLossReason, 'reason')

const lost: WireSchema<LossCounts> = v.record(reason, wireIntegerSchema)
const listed: WireSchema<readonly LostKey[]> = v.array(
  v.object({ roomId: room, sessionId: session, reason }),
)
const tally = { entries: wireIntegerSchema, carried: wireIntegerSchema, lost, listed }
const contents = { etag: text, count: wireIntegerSchema }
const states = ['copied', 'gone', 'no_key', 'unsupported_algorithm', 'malformed_auth_data'] as const
const done = v.object({
  version,
  state: v.picklist(states),
  missing: wireIntegerSchema,
  ...contents,
  ...tally,
})

const common = {
  id: text,
  algorithm: text,
  publicKey: text,
  sources: v.array(v.object({ version, publicKey: v.nullable(text) })),
}

const intentSchema: WireSchema<Intent> = v.variant('stage', [
  v.object({ ...common, stage: v.literal('preparing'), seen: version }),
  v.object({
    ...common,
    stage: v.picklist(['copying', 'copied', 'verified', 'stored', 'offered']),
    version,
    copy: v.object({
      done: v.array(done),
      rooms: v.array(v.object({ roomId: text, ...tally })),
      contents: v.nullable(v.object(contents)),
    }),
  }),
])

/**
 * Reads the intent; `null` when no rotation is under way.
 *
 * @throws BackupError `malformed_journal`
 */
export async function readIntent({ journal }: RotationPorts): Promise<Intent | null> {
  const record = await journal.read(ROTATION_RECORD)
  if (record === null) return null
  const parsed = v.safeParse(intentSchema, record)
  if (parsed.success) return parsed.output
  throw new BackupError('malformed_journal', 'The intent of a rotation cannot be read')
}

/** Writes the intent; durable when this resolves. */
export async function writeIntent<T extends Intent>(ports: RotationPorts, intent: T): Promise<T> {
  ports.signal?.throwIfAborted()
  const record: JsonObject = { ...intent }
  await ports.journal.write(ROTATION_RECORD, record)
  return intent
}

/** Takes the intent out of the journal. */
export async function removeIntent({ journal, signal }: RotationPorts): Promise<void> {
  signal?.throwIfAborted()
  await journal.remove(ROTATION_RECORD)
}
