/** Marks: what a version of the backup has, or will never take. */
import type { BackupVersion } from '@roomkeys/types'
import type { RoomKeyStore, StoredSession, UploadMark } from '../ports/room-key-store.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import { addressKey } from './address-key.ts'

/** A session as it was when it was sent. */
export interface SentSession extends SessionAddress {
  /** The revision that was sent. */
  readonly revision: number
}

/** Whether nothing is left to do for a session: the version has its present revision, or refused it. */
export function isSettled({ revision, upload }: StoredSession, version: BackupVersion): boolean {
  return upload?.version === version && upload.revision === revision
}

/** The session with its mark, or `null` where the mark says nothing new. */
function marked(session: StoredSession, mark: UploadMark): StoredSession | null {
  const isKnown =
    isSettled(session, mark.version) &&
    (session.upload?.state === mark.state || session.upload?.state === 'stored')
  return session.revision !== mark.revision || isKnown ? null : { ...session, upload: mark }
}

async function mark(
  store: RoomKeyStore,
  sent: readonly SentSession[],
  { version, state }: Omit<UploadMark, 'revision'>,
): Promise<void> {
  const revisions = new Map(sent.map((one) => [addressKey(one), one.revision]))
  await store.update(sent, (held, address) => {
    const revision = revisions.get(addressKey(address))
    if (held === null || revision === undefined) return null
    return marked(held, { version, revision, state })
  })
}

/**
 * Notes that a version has these sessions. One that was changed since it was sent stays pending: the
 * version has an older revision of it.
 */
export function markUploaded(
  store: RoomKeyStore,
  sent: readonly SentSession[],
  version: BackupVersion,
): Promise<void> {
  return mark(store, sent, { version, state: 'stored' })
}

/**
 * Notes that a version will never take these sessions as they are. One that was changed since is tried
 * again, and one that the version has all the same stays so.
 */
export function markRefused(
  store: RoomKeyStore,
  sent: readonly SentSession[],
  version: BackupVersion,
): Promise<void> {
  return mark(store, sent, { version, state: 'refused' })
}
