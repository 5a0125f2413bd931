/** A snapshot that is being written: whole rooms of it can be gone on with. */
import { BackupError } from '@roomkeys/backup'
import { roomsOfStream } from '@roomkeys/backup/entry-stream'
import type { BackupVersionInfo } from '@roomkeys/types'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { writeDurably } from '../keys/write-durably.ts'
import { bytesOf } from './read-file.ts'
import { readRecord, recordPathOf, type SnapshotRecord } from './snapshot-record.ts'

const BEGIN = '{"rooms":{'
const END = '}}\n'

/** Bytes that are gathered before they are written, all in one buffer. */
const WRITE_LENGTH = 262_144

/** What is in a part already. */
export interface Held {
  /** Names of the rooms that are whole. */
  readonly rooms: Set<string>
  entries: number
  /** Where the last whole room ends, in bytes; 0 when there is none. */
  offset: number
}

/** A part that is open for writing. */
export interface PartFile {
  readonly held: Held
  readonly append: (bytes: Uint8Array | string) => Promise<void>
  /** Ends the snapshot and gives it its name. */
  readonly finish: () => Promise<SnapshotRecord>
  /** Leaves the part, to be gone on with. */
  readonly close: () => Promise<void>
}

/** Where the part of a snapshot lies. */
export function partPathOf(path: string): string {
  return `${path}.part`
}

async function addRooms(path: string, held: Held): Promise<void> {
  let room = ''
  for await (const part of roomsOfStream(bytesOf(path))) {
    if (part.type === 'room') room = part.roomId
    if (part.type !== 'end') continue
    held.rooms.add(room)
    held.entries += part.entries
    held.offset = part.offset
  }
}

/** The whole rooms of a part. What comes after them, whole or not, is fetched again. */
async function heldIn(path: string): Promise<Held> {
  const held: Held = { rooms: new Set(), entries: 0, offset: 0 }
  try {
    await addRooms(path, held)
  } catch (error) {
    const isDamaged = error instanceof BackupError
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!isDamaged && !isGone) throw error
  }
  return held
}

function isSameState(a: BackupVersionInfo, b: BackupVersionInfo): boolean {
  const keys = [a, b].map(({ auth_data }) => auth_data['public_key'])
  return a.version === b.version && a.etag === b.etag && a.count === b.count && keys[0] === keys[1]
}

/** What an earlier download of the same keys left; `null` when there is nothing to go on with. */
async function earlierPart(path: string, version: BackupVersionInfo): Promise<Held | null> {
  const record = await readRecord(path)
  if (record === null || !isSameState(record.version, version)) return null
  const held = await heldIn(path)
  return held.offset === 0 ? null : held
}

function recordOf(
  version: BackupVersionInfo,
  counts: Pick<SnapshotRecord, 'bytes' | 'entries' | 'rooms'>,
): SnapshotRecord {
  return { roomkeys: 1, version, ...counts }
}

async function writeRecord(path: string, record: SnapshotRecord): Promise<void> {
  await writeDurably(recordPathOf(path), `${JSON.stringify(record, null, 2)}\n`)
}

const UNKNOWN = { bytes: null, entries: null, rooms: null } as const

async function openPart(path: string, version: BackupVersionInfo, held: Held): Promise<FileHandle> {
  const file = await open(path, held.offset === 0 ? 'w' : 'r+', 0o600)
  await file.truncate(held.offset)
  if (held.offset === 0) await writeRecord(path, recordOf(version, UNKNOWN))
  return file
}

/** Writes at the end of a file, in long pieces. */
function createAppender(file: FileHandle, start: number) {
  const gathered = Buffer.alloc(WRITE_LENGTH)
  let length = 0
  let position = start
  const flush = async (): Promise<void> => {
    const end = length
    // Before writing: what fails halfway must not be written again behind itself.
    length = 0
    for (let from = 0; from < end;) {
      const { bytesWritten } = await file.write(gathered, from, end - from, position)
      from += bytesWritten
      position += bytesWritten
    }
  }
  // A copy: a few bytes that wait must not keep the whole piece that they came in.
  const append = async (bytes: Uint8Array | string): Promise<void> => {
    const added = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    for (let from = 0; from < added.length;) {
      const taken = added.subarray(from, from + WRITE_LENGTH - length)
      gathered.set(taken, length)
      length += taken.length
      from += taken.length
      if (length === WRITE_LENGTH) await flush()
    }
  }
  return { append, flush, written: () => position }
}

/**
 * Opens the part of a snapshot: the one that an earlier download of the very same keys left, or a new
 * one.
 */
export async function openPartFile(path: string, version: BackupVersionInfo): Promise<PartFile> {
  const part = partPathOf(path)
  const earlier = await earlierPart(part, version)
  const held = earlier ?? { rooms: new Set(), entries: 0, offset: 0 }
  const file = await openPart(part, version, held)
  const { append, flush, written } = createAppender(file, held.offset)
  if (held.offset === 0) await append(BEGIN)
  return {
    held,
    append,
    finish: async () => {
      await append(END)
      await flush()
      await file.sync()
      await file.close()
      const { rooms, entries } = held
      const record = recordOf(version, { bytes: written(), entries, rooms: rooms.size })
      await writeRecord(path, record)
      await rename(part, path)
      await rm(recordPathOf(part), { force: true })
      return record
    },
    close: async () => {
      await flush()
      await file.close()
    },
  }
}
