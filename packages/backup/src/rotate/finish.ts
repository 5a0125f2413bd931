/** The end of a rotation: old versions are deleted, or kept; nothing else of this library deletes. */
import type { BackupVersion } from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import { BackupError } from '../errors.ts'
import { persistently, readVersion, requireCurrent, versionChanged } from './calls.ts'
import { type DoneSource, type Made, readIntent, removeIntent } from './intent.ts'
import { asWhole, markerOf } from './marker.ts'
import type { RotationPorts } from './options.ts'
import { losesKeys } from './report.ts'

/**
 * What becomes of the old versions.
 *
 * - `delete`: they are deleted; refused when that would lose a key.
 * - `delete_and_lose_not_carried`: they are deleted with the keys that the report counts as lost. One
 *   that could not be read at all is kept even so.
 * - `keep`: they stay, and so do their keys. The rotation is over.
 */
export type OldVersions = 'delete' | 'delete_and_lose_not_carried' | 'keep'

/** What the end of a rotation takes. */
export interface FinishRotationOptions extends RotationPorts {
  readonly oldVersions: OldVersions
}

/** What the end of a rotation did. */
export interface FinishedRotation {
  readonly deleted: readonly BackupVersion[]
  /** Old versions that are still there. */
  readonly kept: readonly BackupVersion[]
}

async function readOffered(options: FinishRotationOptions): Promise<Made | null> {
  const intent = await readIntent(options)
  if (intent === null || intent.stage === 'offered') return intent
  throw new BackupError('busy', 'The rotation is not done yet')
}

function assertNothingLost({ copy }: Made): void {
  if (copy.done.some(losesKeys))
    throw new BackupError('would_lose_keys', 'Some keys are not in the new version')
}

/** Old versions that are there, which must be as they were when they were copied. */
async function present(
  options: FinishRotationOptions,
  { copy }: Made,
): Promise<readonly DoneSource[]> {
  const found: DoneSource[] = []
  for (const done of copy.done) {
    const info = await readVersion(options, done.version)
    if (info === null) continue
    const isRead = done.state === 'copied'
    if (isRead && (info.etag !== done.etag || info.count !== done.count)) throw versionChanged()
    found.push(done)
  }
  return found
}

/** The new version is still the current one, and still holds what was carried over. */
async function assertWhole(options: FinishRotationOptions, intent: Made): Promise<void> {
  const { count, auth_data } = await requireCurrent(options, intent.version)
  if (auth_data['public_key'] !== intent.publicKey) throw versionChanged()
  if (intent.copy.done.some(({ carried }) => carried > count))
    throw new BackupError('verification_failed', 'The new version has lost keys since')
}

/** Forgets keys that no version needs any more. */
async function forgetKeys(
  options: FinishRotationOptions,
  { publicKey: own, sources }: Made,
  kept: readonly BackupVersion[],
): Promise<void> {
  const isKept = ({ version }: Made['sources'][number]): boolean => kept.includes(version)
  const needed = new Set([own, ...sources.filter(isKept).map(({ publicKey }) => publicKey)])
  for (const { publicKey } of sources)
    if (publicKey !== null && !needed.has(publicKey))
      await options.vault.forget(publicKey, callOptions(options))
}

/** The mark then names what is still there, or goes; it is not signed. */
async function remark(
  options: FinishRotationOptions,
  { version }: Made,
  kept: readonly BackupVersion[],
): Promise<void> {
  const info = await requireCurrent(options, version)
  if (String(markerOf(info).from) === String(kept)) return
  const { algorithm, auth_data } = info
  const request = { algorithm, auth_data: asWhole(auth_data, kept), version }
  await persistently(options, () =>
    options.api.updateVersion(version, request, callOptions(options)),
  )
}

async function deleteOld(options: FinishRotationOptions, intent: Made): Promise<FinishedRotation> {
  const there = await present(options, intent)
  const doomed = there.filter(({ state }) => state === 'copied').map(({ version }) => version)
  for (const version of doomed) {
    await assertWhole(options, intent)
    await persistently(options, () => options.api.deleteVersion(version, callOptions(options)))
  }
  const kept = there.map(({ version }) => version).filter((version) => !doomed.includes(version))
  await remark(options, intent, kept)
  await forgetKeys(options, intent, kept)
  return { deleted: doomed, kept }
}

/**
 * Ends a rotation that is done, as the user decided. It may be repeated after a crash; without a
 * rotation it does nothing.
 *
 * @throws BackupError `would_lose_keys`; `busy` when the rotation is not done; `version_changed` when
 * the new version is not the current one any more, or an old one is not as it was when it was copied;
 * `verification_failed` when the new version holds fewer keys than were carried over;
 * `malformed_journal`. Nothing more is deleted then. ApiError, and whatever vault and journal throw.
 */
export async function finishRotation(options: FinishRotationOptions): Promise<FinishedRotation> {
  const intent = await readOffered(options)
  if (intent === null) return { deleted: [], kept: [] }
  if (options.oldVersions === 'keep') {
    await removeIntent(options)
    return { deleted: [], kept: intent.sources.map(({ version }) => version) }
  }
  if (options.oldVersions === 'delete') assertNothingLost(intent)
  await assertWhole(options, intent)
  const finished = await deleteOld(options, intent)
  await removeIntent(options)
  return finished
}
