/** Sessions for the suite. They are no cryptography: a store knows none. */
import { backupVersion, type BackupVersion, roomId, sessionId } from '@roomkeys/types'
import type { StoredSession, UpdateDecision, UploadMark } from '../../ports/room-key-store.ts'
import type { RoomKeyStore } from '../../ports/room-key-store.ts'
import type { SessionAddress } from '../../ports/room-keys-api.ts'

/** Two versions of a backup. */
export const FIRST: BackupVersion = backupVersion('1')
export const SECOND: BackupVersion = backupVersion('2')

/** Strings that are ids, for whoever chooses them. */
export const HOSTILE_IDS: readonly string[] = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  'v1',
  '0',
  '!room:example.org',
  '!room:example.org ',
  'a/b?c#d%2F',
  '..',
  'a\0b',
  '","',
  '["a","b"]',
  '\\',
  '\n\r\t',
  '\u{1f511}',
  '\ud83d',
  '\udd11',
  '\u00e9',
  'e\u0301',
  '\uffff',
  'long '.repeat(400),
]

/** An address. */
export function addressOf(room: string, session: string): SessionAddress {
  return { roomId: roomId(room), sessionId: sessionId(session) }
}

/** Addresses in one room, by number. */
export function addressesIn(room: string, count: number): readonly SessionAddress[] {
  return Array.from({ length: count }, (_, number) => addressOf(room, `session ${number}`))
}

/** A session at a revision, which is in its record too. */
export function sessionAt(address: SessionAddress, revision = 1): StoredSession {
  const session = {
    algorithm: 'm.megolm.v1.aes-sha2',
    forwarding_curve25519_key_chain: [],
    sender_key: 'sender key',
    sender_claimed_keys: { ed25519: 'claimed key' },
    session_key: `session key of revision ${revision}`,
  }
  const origins = [{ fromIndex: 0, provenance: { kind: 'export_file' } }] as const
  const { roomId: room, sessionId: id } = address
  return { roomId: room, sessionId: id, copies: [{ session, origins }], revision, upload: null }
}

/** Decides for a new session, or for the next revision of the one that is there. */
export const nextRevision: UpdateDecision = (held, address) => ({
  ...sessionAt(address, (held?.revision ?? 0) + 1),
  upload: held?.upload ?? null,
})

/** Decides to mark what is there, at its present revision. */
export function marking(version: BackupVersion, state: UploadMark['state']): UpdateDecision {
  return (held) =>
    held === null ? null : { ...held, upload: { version, revision: held.revision, state } }
}

/** Writes sessions at revision 1. */
export async function fill(
  store: RoomKeyStore,
  addresses: readonly SessionAddress[],
): Promise<void> {
  await store.update(addresses, (_, address) => sessionAt(address))
}

/** Writes one session as it is. */
export async function put(store: RoomKeyStore, session: StoredSession): Promise<void> {
  await store.update([session], () => session)
}

/** Addresses in an order of their own, to be compared. */
export function sortedAddresses(sessions: readonly SessionAddress[]): readonly string[] {
  return sessions.map(({ roomId: room, sessionId: id }) => JSON.stringify([room, id])).toSorted()
}
