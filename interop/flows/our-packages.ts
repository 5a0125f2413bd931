/** The same backups, opened and written by our own packages. */
import {
  type DecryptionKey,
  encryptionKeyFor,
  generateDecryptionKey,
  sealEntries,
  type SealedEntry,
} from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { createClient, type RestoreReport } from '@roomkeys/client'
import { createBackupVersion, putRoomKeys } from '@roomkeys/transport'
import {
  type BackupVersion,
  type ExportedSessionData,
  type RoomKeys,
  roomId,
  sessionId,
} from '@roomkeys/types'
import type { JsSdkDevice } from '../peers/js-sdk-client.ts'
import { homeserverOf } from './key-storage.ts'

/** What our client read. */
export interface OurRestore {
  readonly report: RestoreReport
  readonly sessionIds: readonly string[]
}

/** Restores with `@roomkeys/client`, from the key that the person wrote down for secret storage. */
export async function restoreWithOurClient(
  { account: { baseUrl }, accessToken }: JsSdkDevice,
  storageKey: string,
): Promise<OurRestore> {
  const client = createClient({ baseUrl, accessToken })
  const identified = await client.identifyKey(storageKey)
  if (identified.kind !== 'secret_storage_key' || identified.backup === null)
    throw new Error(`The key is ${identified.kind}`)
  const { backup } = identified
  if (!('key' in backup)) throw new Error('Secret storage has no key of the backup')
  const sessionIds: string[] = []
  for await (const event of client.restore(backup.key)) {
    if (event.type === 'entry' && event.outcome.status === 'opened')
      sessionIds.push(event.outcome.session.session_id)
    if (event.type === 'finished') return { report: event.report, sessionIds: sessionIds.sort() }
  }
  throw new Error('The restore did not finish')
}

/** A backup that our packages wrote. */
export interface WrittenBackup {
  readonly version: BackupVersion
  readonly key: DecryptionKey
}

async function sealed(
  sessions: readonly ExportedSessionData[],
  { publicKey }: DecryptionKey,
): Promise<readonly SealedEntry[]> {
  const inputs = sessions.map((session) => ({
    roomId: roomId(session.room_id),
    sessionId: sessionId(session.session_id),
    session,
    isVerified: false,
    forwardedCount: 0,
  }))
  const key = encryptionKeyFor({ public_key: publicKey }, null)
  const entries: SealedEntry[] = []
  for await (const outcome of sealEntries(inputs, { algorithm: megolmBackupV1, key }))
    if (outcome.status === 'sealed') entries.push(outcome)
  return entries
}

function roomsOf(entries: readonly SealedEntry[]): RoomKeys {
  const byRoom = new Map<string, SealedEntry[]>()
  for (const entry of entries)
    byRoom.set(entry.roomId, [...(byRoom.get(entry.roomId) ?? []), entry])
  return {
    rooms: Object.fromEntries(
      Array.from(byRoom, ([room, ofRoom]) => [
        room,
        { sessions: Object.fromEntries(ofRoom.map((entry) => [entry.sessionId, entry.data])) },
      ]),
    ),
  }
}

/** Creates a backup and writes sessions into it. */
export async function backUpWithOurPackages(
  device: JsSdkDevice,
  sessions: readonly ExportedSessionData[],
): Promise<WrittenBackup> {
  const homeserver = homeserverOf(device)
  const key = generateDecryptionKey()
  const { version } = await createBackupVersion(homeserver, {
    body: { algorithm: megolmBackupV1.name, auth_data: { public_key: key.publicKey } },
  })
  await putRoomKeys(homeserver, { version, body: roomsOf(await sealed(sessions, key)) })
  return { version, key }
}

/** Has the SDK restore a backup with a key that it is handed. */
export async function restoreWithJsSdk(
  { crypto }: JsSdkDevice,
  { version, key }: WrittenBackup,
): Promise<number> {
  await crypto.storeSessionBackupPrivateKey(key.privateKey.expose(), version)
  return (await crypto.restoreKeyBackup()).imported
}
