/**
 * A session as a row of the database.
 *
 * The row says in which version of the backup its present revision is settled, so that an index answers
 * what is pending for any version: no row is rewritten when the version changes.
 */
import type { Origin, Provenance } from '@roomkeys/megolm'
import {
  backedUpSessionDataSchema,
  type BackupVersion,
  inPlace,
  isJsonObject,
  type JsonObject,
  parseWire,
  type RoomId,
  type SessionId,
  type WireSchema,
  WireShapeError,
} from '@roomkeys/types'
import * as v from 'valibot'
import { BackupError } from '../errors.ts'
import type { StoredCopy, StoredSession, UploadMark } from '../ports/room-key-store.ts'
import { settledIn } from './settled-in.ts'

/** An id of any kind: stores take every string. */
const id = <T extends RoomId | SessionId | BackupVersion>(): v.GenericSchema<unknown, T> =>
  v.custom<T>((value) => typeof value === 'string', 'string')

const integerFrom = (least: number): v.GenericSchema<unknown, number> =>
  v.pipe(v.number(), v.safeInteger('integer'), v.minValue(least, `integer from ${least}`))

const provenanceSchema: v.GenericSchema<unknown, Provenance> = v.variant('kind', [
  v.object({
    kind: v.picklist([
      'direct',
      'authenticated_backup',
      'forwarded',
      'export_file',
      'unauthenticated_backup',
    ]),
  }),
  v.object({ kind: v.literal('key_bundle'), from: v.string() }),
])

const originSchema: v.GenericSchema<unknown, Origin> = v.object({
  fromIndex: integerFrom(0),
  provenance: provenanceSchema,
})

const copySchema: v.GenericSchema<unknown, StoredCopy> = v.object({
  session: backedUpSessionDataSchema,
  origins: v.pipe(v.array(originSchema), v.minLength(1, 'non-empty array')),
})

const uploadSchema: v.GenericSchema<unknown, UploadMark> = v.object({
  version: id<BackupVersion>(),
  revision: integerFrom(1),
  state: v.picklist(['stored', 'refused']),
})

const sessionSchema: WireSchema<StoredSession> = inPlace(
  v.looseObject({
    roomId: id<RoomId>(),
    sessionId: id<SessionId>(),
    copies: v.pipe(v.array(copySchema), v.minLength(1, 'non-empty array')),
    revision: integerFrom(1),
    upload: v.nullable(uploadSchema),
  }),
)

/** What rows say of a version that settles them. */
export function settledName(version: BackupVersion): string {
  return `v${version}`
}

/** What rows say that no version settles: the name of none. */
const UNSETTLED = ''

/** The row of a session. */
export function rowOf(session: StoredSession): JsonObject {
  const { roomId, sessionId, copies, revision, upload } = session
  const [settled] = indexKeyOf(session)
  return { roomId, sessionId, copies, revision, upload, settled }
}

/** Where the index has a session. */
export type IndexKey = readonly [settled: string, roomId: string, sessionId: string]

/** Where the index has a session. */
export function indexKeyOf(session: StoredSession): IndexKey {
  const version = settledIn(session)
  const settled = version === null ? UNSETTLED : settledName(version)
  return [settled, session.roomId, session.sessionId]
}

/** Names a row by its address; what is in it may be secret. */
function nameOf(row: unknown): string {
  const { roomId, sessionId } = isJsonObject(row) ? row : {}
  return `session ${JSON.stringify(sessionId)} of room ${JSON.stringify(roomId)}`
}

/**
 * Reads a row.
 *
 * @throws BackupError `store` when it is damaged; the message names its address
 */
export function sessionOf(row: unknown): StoredSession {
  try {
    const session = parseWire(sessionSchema, row, 'the row')
    const { roomId, sessionId, copies, revision, upload } = session
    return { roomId, sessionId, copies, revision, upload }
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw new BackupError('store', `The record of ${nameOf(row)} is damaged`, { cause })
  }
}
