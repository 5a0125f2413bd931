/** Reading sessions from the store and encrypting them for the server. */
import { encryptionKeyOf } from '../encryption-key.ts'
import type { StoredSession } from '../ports/room-key-store.ts'
import { sealEntries } from '../seal-entries.ts'
import type { SealOutcome, SessionToSeal } from '../seal-entry.ts'
import { toSeal } from '../upload/to-seal.ts'
import { collect } from '../collect.ts'
import type { Operation } from './effects.ts'
import type { PendingRead } from './events.ts'
import type { Backup } from './key.ts'
import type { EnginePorts } from './ports.ts'
import type { SealedKey, Settled } from './upload.ts'
import { algorithmOf } from './version.ts'

/** What a request takes beside ids and data: quotes, braces, a room's `sessions`. */
const ENVELOPE_BYTES = 32

/** The best copy of a session; where several conflict, the others stay at home. */
function bestOf(session: StoredSession): readonly SessionToSeal[] {
  return session.copies.slice(0, 1).map((copy) => toSeal(session, copy))
}

async function seal(
  ports: EnginePorts,
  { backup, sessions }: { readonly backup: Backup; readonly sessions: readonly SessionToSeal[] },
  signal: AbortSignal,
): Promise<readonly SealOutcome[]> {
  const { algorithm } = algorithmOf(ports, backup)
  const { sealEntries: sealAll = sealEntries } = ports
  const isOwn = backup.key.mode === 'full'
  const key = backup.key.mode === 'full' ? encryptionKeyOf(backup.key.key) : backup.key.key
  const providers = {
    ...(ports.agree === undefined ? {} : { agree: ports.agree }),
    ...(ports.random === undefined ? {} : { random: ports.random }),
  }
  try {
    return await collect(sealAll(sessions, { algorithm, key, signal, ...providers }))
  } finally {
    if (isOwn) key.macKey?.destroy()
  }
}

function sizeOf({ roomId, sessionId, data }: Extract<SealOutcome, { status: 'sealed' }>): number {
  return ENVELOPE_BYTES + roomId.length + sessionId.length + JSON.stringify(data).length
}

/** Reads and encrypts the sessions that the version does not have. */
export async function readPending(
  ports: EnginePorts,
  { backup, limit }: Extract<Operation, { readonly type: 'read_pending' }>,
  signal: AbortSignal,
): Promise<PendingRead> {
  const pending = await ports.store.pending(backup.info.version, limit)
  const sessions = pending.flatMap(bestOf)
  if (sessions.length !== pending.length) throw new TypeError('A stored session has a copy')
  const outcomes = await seal(ports, { backup, sessions }, signal)
  const keys: SealedKey[] = []
  const unsealable: Settled[] = []
  for (const [position, outcome] of outcomes.entries()) {
    const { roomId, sessionId } = outcome
    const revision = pending[position]?.revision ?? 0
    if (outcome.status === 'failed')
      unsealable.push({ roomId, sessionId, revision, refused: 'unsealable' })
    else
      keys.push({
        roomId,
        sessionId,
        revision,
        data: outcome.data,
        size: sizeOf(outcome),
        afterwards: 'nothing',
      })
  }
  return { keys, unsealable }
}
