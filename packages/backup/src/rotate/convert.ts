/**
 * From an entry of an old version to one of the new: unchanged where MSC4048 allows it, written anew
 * otherwise, and marked where nobody vouches for it.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4048
 */
import {
  isJsonObject,
  type JsonObject,
  type KeyBackupData,
  keyBackupDataSchema,
  MEGOLM_BACKUP_V1,
  MEGOLM_BACKUP_V2,
} from '@roomkeys/types'
import * as v from 'valibot'
import { callOptions } from '../ports/call-options.ts'
import { collect } from '../collect.ts'
import { STABLE_NAMES, UNSTABLE_NAMES } from '../curve25519/names.ts'
import { encryptionKeyOf } from '../encryption-key.ts'
import { BackupError } from '../errors.ts'
import { backupMacKey } from '../mac-key.ts'
import { sealEntries } from '../seal-entries.ts'
import type { SessionToSeal } from '../seal-entry.ts'
import type { RotateOptions } from './options.ts'
import type { ReadEntry } from './open.ts'
import type { Run, Target } from './run.ts'

/** Whether the key is one that nobody vouches for, so that it has to say so. */
function isLegacy({ algorithm, opened }: ReadEntry, { backupMacInV1 }: RotateOptions): boolean {
  const isTrusted = backupMacInV1 !== 'ignored' && opened.backupMac === 'valid'
  return algorithm.name === MEGOLM_BACKUP_V1 && !isTrusted
}

function isVouchedFor(sessionData: JsonObject, { algorithm, key }: Target): boolean {
  const macKey = backupMacKey(key)
  try {
    algorithm.parseSessionData(sessionData, { macKey, macPolicy: 'libolm' })
    return true
  } catch (error) {
    if (error instanceof BackupError) return false
    throw error
  } finally {
    macKey.destroy()
  }
}

/** Whether the record is marked under a name that is not the target's. */
function hasOtherName({ opened }: ReadEntry, { algorithm }: Target): boolean {
  const isStable = algorithm.name === MEGOLM_BACKUP_V2
  return Object.hasOwn(opened.session, (isStable ? UNSTABLE_NAMES : STABLE_NAMES).unauthenticated)
}

/** Whether the target takes entries of this kind as they are. */
function isOfItsKind(read: ReadEntry, target: Target, options: RotateOptions): boolean {
  if (read.key.publicKey !== target.key.publicKey || read.opened.mac === 'intended') return false
  // No MAC is added and none is read differently: what the entry claimed it claims, no more.
  if (read.algorithm.name === target.algorithm.name) return true
  return read.algorithm.name === MEGOLM_BACKUP_V1 && !isLegacy(read, options)
}

/** The metadata as it was, with the index that the session has. */
function metadataOf({ entry, opened }: ReadEntry): Omit<KeyBackupData, 'session_data'> {
  const data = isJsonObject(entry.data) ? entry.data : {}
  const { is_verified, forwarded_count: count } = data
  const isSane = typeof count === 'number' && Number.isSafeInteger(count) && count >= 0
  return {
    first_message_index: opened.firstMessageIndex,
    forwarded_count: isSane ? count : opened.session.forwarding_curve25519_key_chain.length,
    is_verified: is_verified === true,
  }
}

/** The entry with its `session_data` byte for byte, or `null` when it has to be written anew. */
export function unchanged(read: ReadEntry, { target, options }: Run): KeyBackupData | null {
  if (!isOfItsKind(read, target, options) || hasOtherName(read, target)) return null
  const data = { ...(isJsonObject(read.entry.data) ? read.entry.data : {}), ...metadataOf(read) }
  const parsed = v.safeParse(keyBackupDataSchema, data)
  if (!parsed.success || !isVouchedFor(parsed.output.session_data, target)) return null
  return parsed.output
}

function toSeal(read: ReadEntry, options: RotateOptions): SessionToSeal {
  const { opened } = read
  const { is_verified, forwarded_count } = metadataOf(read)
  const input = {
    roomId: opened.roomId,
    sessionId: opened.sessionId,
    session: opened.session,
    isVerified: is_verified === true,
    forwardedCount: Number(forwarded_count),
  }
  return isLegacy(read, options) ? { ...input, unauthenticated: 'm.legacy-v1' } : input
}

async function seal(
  reads: readonly ReadEntry[],
  { target, options }: Run,
): Promise<ReadonlyMap<ReadEntry, KeyBackupData>> {
  const { agree, random, signal, sealEntries: sealAll = sealEntries } = options
  const key = encryptionKeyOf(target.key)
  const sealed = new Map<ReadEntry, KeyBackupData>()
  const given = {
    ...(agree === undefined ? {} : { agree }),
    ...(random === undefined ? {} : { random }),
    ...callOptions({ signal }),
  }
  const inputs = reads.map((read) => toSeal(read, options))
  try {
    const outcomes = await collect(sealAll(inputs, { algorithm: target.algorithm, key, ...given }))
    for (const [position, outcome] of outcomes.entries()) {
      const read = reads[position]
      if (outcome.status === 'sealed' && read !== undefined) sealed.set(read, outcome.data)
    }
  } finally {
    key.macKey?.destroy()
  }
  return sealed
}

/** What is to be uploaded for each key; those that cannot be sealed are missing. */
export async function convert(
  reads: readonly ReadEntry[],
  run: Run,
): Promise<ReadonlyMap<ReadEntry, KeyBackupData>> {
  const asTheyAre = reads.flatMap((read): [ReadEntry, KeyBackupData][] => {
    const data = unchanged(read, run)
    return data === null ? [] : [[read, data]]
  })
  const done = new Map(asTheyAre)
  const rest = reads.filter((read) => !done.has(read))
  return rest.length === 0 ? done : new Map([...done, ...(await seal(rest, run))])
}
