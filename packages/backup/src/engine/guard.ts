/**
 * Before a key that begins later than index 0 is uploaded: is what the server holds worse?
 *
 * Some servers replace a key when any one of its fields is better, so that an upload could destroy a
 * better one. With the decryption key the copies themselves are compared, and a better one is taken
 * into the store; without it, what the server says of them.
 */
import { compareSessions, type MegolmSession } from '@roomkeys/megolm'
import { type KeyMetadata, keyBackupDataSchema, replaces } from '@roomkeys/types'
import * as v from 'valibot'
import type { BackupEntry, OpenedEntry } from '../entry.ts'
import { addressKey } from '../merge/address-key.ts'
import { importKeys } from '../merge/import-keys.ts'
import { isSettled } from '../merge/upload-marks.ts'
import { openEntries } from '../open-entries.ts'
import type { StoredSession } from '../ports/room-key-store.ts'
import { provenanceOf } from '../provenance.ts'
import { sessionUnder } from '../session-key.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import { serverCopies } from '../upload/server-copies.ts'
import { collect } from '../collect.ts'
import type { Operation } from './effects.ts'
import type { Guarded } from './events.ts'
import type { Backup } from './key.ts'
import type { EnginePorts } from './ports.ts'
import type { RefusalReason, SealedKey, Settled } from './upload.ts'
import { algorithmOf } from './version.ts'

type Reading = Extract<Operation, { readonly type: 'read_server_copies' }>

/** What becomes of one key. */
type Verdict =
  | { readonly kind: 'upload'; readonly key: SealedKey }
  | { readonly kind: 'settle'; readonly settled: Settled }
  /** The store settled it, or has a newer revision, which is read again. */
  | { readonly kind: 'leave' }

const LEAVE: Verdict = { kind: 'leave' }

function settle(
  { roomId, sessionId }: SealedKey,
  revision: number,
  refused: RefusalReason | null,
): Verdict {
  return { kind: 'settle', settled: { roomId, sessionId, revision, refused } }
}

function metadataOf({ data }: BackupEntry): KeyMetadata | null {
  const parsed = v.safeParse(keyBackupDataSchema, data)
  return parsed.success ? parsed.output : null
}

/**
 * Uploads over a worse copy. One whose metadata claim more is kept by servers that keep to the
 * specification, and replaced by others: what became of it is read afterwards.
 */
function uploadOver(key: SealedKey, held: KeyMetadata | null): Verdict {
  const wins = held === null || replaces(key.data, held)
  return { kind: 'upload', key: { ...key, afterwards: wins ? 'nothing' : 'read_back' } }
}

/** By metadata alone: ours goes up only when it is said to begin earlier. */
function byMetadata(key: SealedKey, entry: BackupEntry | undefined): Verdict {
  const held = entry === undefined ? null : metadataOf(entry)
  if (held === null) return { kind: 'upload', key }
  if (key.data.first_message_index >= held.first_message_index)
    return settle(key, key.revision, null)
  return uploadOver(key, held)
}

/** A copy of the server: the entry, and the session in it when it could be opened. */
interface Copy {
  readonly entry: BackupEntry
  readonly megolm: MegolmSession | null
}

function byRatchet(key: SealedKey, stored: StoredSession, copy: Copy): Verdict {
  const held = metadataOf(copy.entry)
  const [first, ...others] = stored.copies
  if (first === undefined) return LEAVE
  if (copy.megolm === null) return uploadOver(key, held)
  switch (compareSessions(sessionUnder(stored.sessionId, first.session), copy.megolm)) {
    case 'equal':
    case 'worse':
      return settle(key, stored.revision, null)
    case 'better':
      return stored.revision === key.revision ? uploadOver(key, held) : LEAVE
    case 'conflicting':
    case 'another_session':
      // A single copy drove the server's out: it is authenticated. Several mean that nothing decides.
      if (others.length > 0) return settle(key, stored.revision, 'conflicting')
      return stored.revision === key.revision ? uploadOver(key, held) : LEAVE
  }
}

type Copies = ReadonlyMap<string, Copy>

interface Opening {
  readonly backup: Backup
  readonly key: DecryptionKey
  readonly entries: readonly BackupEntry[]
}

/** Opens the server's copies and takes them into the store, where better ones win. */
async function openAndImport(
  ports: EnginePorts,
  { backup, key, entries }: Opening,
  signal: AbortSignal,
): Promise<{ readonly copies: Copies; readonly imported: number }> {
  const { algorithm } = algorithmOf(ports, backup)
  const { sharedSecrets, backupMacInV1 = 'ignored' } = ports
  const provider = sharedSecrets === undefined ? {} : { sharedSecrets }
  const outcomes = await collect(openEntries(entries, { algorithm, key, signal, ...provider }))
  const opened = outcomes.filter((outcome) => outcome.status === 'opened')
  const incoming = opened.map((entry) => ({
    ...addressOf(entry),
    session: entry.session,
    provenance: provenanceOf(entry, { algorithm, backupMacInV1 }),
  }))
  const merged = await importKeys(ports.store, incoming, { heldBy: backup.info.version })
  const imported = merged.filter(({ outcome }) => outcome === 'improved' || outcome === 'replaced')
  return { copies: copiesOf(entries, opened), imported: imported.length }
}

const addressOf = ({
  roomId,
  sessionId,
}: OpenedEntry): Pick<OpenedEntry, 'roomId' | 'sessionId'> => ({
  roomId,
  sessionId,
})

function copiesOf(entries: readonly BackupEntry[], opened: readonly OpenedEntry[]): Copies {
  const sessions = new Map(
    opened.map((one) => [addressKey(one), sessionUnder(one.sessionId, one.session)]),
  )
  return new Map(
    entries.map((entry) => {
      const key = addressKey(entry)
      return [key, { entry, megolm: sessions.get(key) ?? null }]
    }),
  )
}

async function judge(
  { store }: EnginePorts,
  key: SealedKey,
  { copy, backup }: { readonly copy: Copy | undefined; readonly backup: Backup },
): Promise<Verdict> {
  if (copy === undefined) return { kind: 'upload', key }
  if (backup.key.mode === 'upload_only') return byMetadata(key, copy.entry)
  const stored = await store.get(key)
  if (stored === null || isSettled(stored, backup.info.version)) return LEAVE
  return byRatchet(key, stored, copy)
}

async function copiesFor(
  ports: EnginePorts,
  { backup, keys }: Reading,
  signal: AbortSignal,
): Promise<{ readonly copies: Copies; readonly imported: number }> {
  const entries = await collect(
    serverCopies(ports.api, { addresses: keys, version: backup.info }, { signal }),
  )
  if (backup.key.mode === 'upload_only') return { copies: copiesOf(entries, []), imported: 0 }
  return openAndImport(ports, { backup, key: backup.key.key, entries }, signal)
}

const isGuarded = ({ data }: SealedKey): boolean => data.first_message_index > 0

/** Compares keys with what the server holds of them; those from index 0 on pass. */
export async function readServerCopies(
  ports: EnginePorts,
  { type, backup, keys }: Reading,
  signal: AbortSignal,
): Promise<Guarded> {
  const guarded = keys.filter(isGuarded)
  const { copies, imported } = await copiesFor(ports, { type, backup, keys: guarded }, signal)
  const upload = keys.filter((key) => !isGuarded(key))
  const settled: Settled[] = []
  for (const key of guarded) {
    signal.throwIfAborted()
    const verdict = await judge(ports, key, { copy: copies.get(addressKey(key)), backup })
    if (verdict.kind === 'upload') upload.push(verdict.key)
    if (verdict.kind === 'settle') settled.push(verdict.settled)
  }
  return { upload, settled, imported }
}
