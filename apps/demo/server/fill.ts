/** Fills the account of the demo over HTTP, as a client would. What is there is kept. */
import {
  createBackupVersion,
  createHomeserver,
  getCurrentBackupVersion,
  type Homeserver,
  putRoomKeys,
} from '@roomkeys/transport'
import { loginWithPassword, logout } from '@roomkeys/transport/account'
import type { BackupVersion, BackupVersionInfo, KeyBackupData, RoomKeys } from '@roomkeys/types'
import { type DemoBackup, PASSWORD, USER } from './demo-account.ts'

/** Keys in one upload. */
const BATCH_SIZE = 100

type Entry = readonly [room: string, session: string, data: KeyBackupData]

function entriesOf({ rooms }: RoomKeys): readonly Entry[] {
  return Object.entries(rooms).flatMap(([room, { sessions }]) =>
    Object.entries(sessions).map(([session, data]): Entry => [room, session, data]),
  )
}

function roomKeysOf(entries: readonly Entry[]): RoomKeys {
  const inRoom = (wanted: string) => entries.filter(([room]) => room === wanted)
  const sessionsOf = (room: string) =>
    inRoom(room).map(([, session, data]) => [session, data] as const)
  const names = Array.from(new Set(entries.map(([room]) => room)))
  return {
    rooms: Object.fromEntries(
      names.map((room) => [room, { sessions: Object.fromEntries(sessionsOf(room)) }]),
    ),
  }
}

async function signIn(baseUrl: string): Promise<Homeserver> {
  const args = { user: USER, password: PASSWORD, initialDeviceDisplayName: 'roomkeys demo server' }
  const { access_token: accessToken } = await loginWithPassword(createHomeserver({ baseUrl }), args)
  return createHomeserver({ baseUrl, accessToken })
}

async function upload(
  homeserver: Homeserver,
  version: BackupVersion,
  entries: readonly Entry[],
): Promise<void> {
  for (let start = 0; start < entries.length; start += BATCH_SIZE) {
    const body = roomKeysOf(entries.slice(start, start + BATCH_SIZE))
    await putRoomKeys(homeserver, { version, body })
  }
}

/** A backup with another key was made by whoever tried the demo, and is left alone. */
function isOurs(current: BackupVersionInfo, { version }: DemoBackup): boolean {
  return current.auth_data['public_key'] === version.auth_data['public_key']
}

async function bringUpToDate(homeserver: Homeserver, backup: DemoBackup): Promise<FillResult> {
  const current = await getCurrentBackupVersion(homeserver)
  if (current !== null && !isOurs(current, backup)) return 'replaced'
  const entries = entriesOf(backup.keys)
  if (current !== null && current.count >= entries.length) return 'kept'
  const { version } = current ?? (await createBackupVersion(homeserver, { body: backup.version }))
  await upload(homeserver, version, entries)
  return current === null ? 'filled' : 'completed'
}

/**
 * What was done: everything, the rest of an interrupted upload, or nothing, because the backup is
 * there or because another one has taken its place.
 */
export type FillResult = 'filled' | 'completed' | 'kept' | 'replaced'

/**
 * Makes sure that the account has its backup.
 *
 * @throws TransportError
 */
export async function fill(baseUrl: string, backup: DemoBackup): Promise<FillResult> {
  const homeserver = await signIn(baseUrl)
  try {
    return await bringUpToDate(homeserver, backup)
  } finally {
    await logout(homeserver)
  }
}
