/**
 * The record beside a snapshot. The body of `GET /room_keys/keys` does not say of which version it is,
 * to which key it is encrypted, or how many keys there should be: the record does. It holds no secret.
 */
import {
  backupVersionInfoSchema,
  type BackupVersionInfo,
  inPlace,
  parseWire,
  wireIntegerSchema,
  type WireSchema,
} from '@roomkeys/types'
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'

/** What is known of a snapshot. */
export interface SnapshotRecord {
  readonly roomkeys: 1
  /** The version, as the server gave it when the download began. */
  readonly version: BackupVersionInfo
  /** Bytes of the snapshot; `null` while it is being downloaded. */
  readonly bytes: number | null
  /** Keys and rooms in it; `null` while it is being downloaded. */
  readonly entries: number | null
  readonly rooms: number | null
}

const countSchema = v.nullable(wireIntegerSchema)

const snapshotRecordSchema: WireSchema<SnapshotRecord> = inPlace(
  v.looseObject({
    roomkeys: v.literal(1),
    version: backupVersionInfoSchema,
    bytes: countSchema,
    entries: countSchema,
    rooms: countSchema,
  }),
)

/** Where the record of a snapshot lies. */
export function recordPathOf(snapshot: string): string {
  return `${snapshot}.json`
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Its text, or `null` when there is none. */
async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isNotThere(error)) return null
    throw error
  }
}

/**
 * The record of a snapshot, or `null` when there is none.
 *
 * @throws WireShapeError when it is no record
 */
export async function readRecord(snapshot: string): Promise<SnapshotRecord | null> {
  const text = await textOf(recordPathOf(snapshot))
  if (text === null) return null
  return parseWire(snapshotRecordSchema, parseJson(text), 'the record of the snapshot')
}

/** What it says, or `undefined`, which is no record, when it is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
