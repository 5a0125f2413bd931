/**
 * Downloading a backup as it is, encrypted.
 *
 * The endpoint has neither ranges nor pages, and nothing lists the rooms. So a download that broke off
 * is asked for again; the rooms that came whole are kept from the part, and only the others are written.
 */
import { type RoomPart, roomsOfStream } from '@roomkeys/backup/entry-stream'
import type { Homeserver } from '@roomkeys/transport'
import { streamRoomKeys } from '@roomkeys/transport/stream'
import type { BackupVersionInfo } from '@roomkeys/types'
import { openPartFile, type PartFile } from './part-file.ts'
import type { SnapshotRecord } from './snapshot-record.ts'

/** What is downloaded, and where to. */
export interface DownloadOptions {
  readonly homeserver: Homeserver
  readonly version: BackupVersionInfo
  readonly path: string
  readonly signal: AbortSignal
  /** Told how many keys are in the file. */
  readonly onProgress: (entries: number) => void
}

/** A snapshot that was downloaded. */
export interface Downloaded {
  readonly record: SnapshotRecord
  /** Rooms that an earlier download had left. */
  readonly resumedRooms: number
}

/** Writes rooms that are not held yet. */
function createRoomWriter({ held, append }: PartFile) {
  let room = ''
  let isHeld = false
  return async (part: RoomPart): Promise<void> => {
    if (part.type === 'room') {
      room = part.roomId
      isHeld = held.rooms.has(room)
      if (!isHeld) await append(`${held.rooms.size > 0 ? ',' : ''}${JSON.stringify(room)}:`)
    } else if (isHeld) return
    else if (part.type === 'bytes') await append(part.bytes)
    else {
      held.rooms.add(room)
      held.entries += part.entries
    }
  }
}

async function receive(
  { homeserver, version: { version }, signal, onProgress }: DownloadOptions,
  part: PartFile,
): Promise<void> {
  const write = createRoomWriter(part)
  for await (const one of roomsOfStream(streamRoomKeys(homeserver, { version }, { signal }))) {
    await write(one)
    onProgress(part.held.entries)
  }
  signal.throwIfAborted()
}

/**
 * Downloads a backup. When it fails, what came whole stays in the part.
 *
 * @throws TransportError; BackupError `malformed_keys`; the signal's reason when it is aborted
 */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const part = await openPartFile(options.path, options.version)
  const resumedRooms = part.held.rooms.size
  try {
    await receive(options, part)
  } catch (error) {
    await part.close()
    throw error
  }
  return { record: await part.finish(), resumedRooms }
}
