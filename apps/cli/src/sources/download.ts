/**
 * Downloading a backup as it is, encrypted.
 *
 * The endpoint has neither ranges nor pages, and nothing lists the rooms. So a download that broke off
 * is asked for again; the rooms that came whole are kept from the part, and only the others are written.
 */
import type { Homeserver } from '@roomkeys/transport'
import { streamRoomKeys } from '@roomkeys/transport/stream'
import type { BackupVersionInfo } from '@roomkeys/types'
import { openPartFile, type PartFile, roomNamed } from './part-file.ts'
import { createRoomSplitter, type RoomPart } from './room-splitter.ts'
import type { SnapshotRecord } from './snapshot-record.ts'

/** What is downloaded, and where to. */
export interface DownloadOptions {
  readonly homeserver: Homeserver
  readonly version: BackupVersionInfo
  readonly path: string
  readonly signal: AbortSignal
  /** Told how much has come. */
  readonly onProgress: (progress: DownloadProgress) => void
}

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes that came in this run. */
  readonly received: number
  /** Keys that are in the file. */
  readonly entries: number
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
      room = roomNamed(part.name)
      isHeld = held.rooms.has(room)
      if (!isHeld) await append(`${held.rooms.size > 0 ? ',' : ''}${part.name}:`)
    } else if (isHeld) return
    else if (part.type === 'value') await append(part.bytes)
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
  const splitter = createRoomSplitter()
  const write = createRoomWriter(part)
  let received = 0
  for await (const bytes of streamRoomKeys(homeserver, { version }, { signal })) {
    for (const one of splitter.push(bytes)) await write(one)
    received += bytes.length
    onProgress({ received, entries: part.held.entries })
  }
  // A source may end because of the same signal: that is no end of the keys.
  signal.throwIfAborted()
  splitter.end()
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
