/** The stages of a rotation whose version exists. Each gives the intent as it was written last. */
import { callOptions } from '../ports/call-options.ts'
import { BackupError } from '../errors.ts'
import {
  currentVersion,
  persistently,
  readVersion,
  requireCurrent,
  versionChanged,
} from './calls.ts'
import { copySource, doneAs } from './copy.ts'
import type { RotateEvent } from './events.ts'
import {
  type Copying,
  type DoneSource,
  type Made,
  NOT_BEGUN,
  type NotedRoom,
  type PlannedSource,
  writeIntent,
} from './intent.ts'
import { asWhole, markerOf, unmarked } from './marker.ts'
import type { RotateOptions } from './options.ts'
import { openRun, type Run } from './run.ts'
import { createSettling, type Settling } from './settle.ts'
import { openSource, type ReadableSource } from './sources.ts'
import { type Copied, verify } from './verify.ts'

interface CopyState {
  readonly run: Run
  readonly intent: Made
  readonly settling: Settling
}

/** Rooms that count: as long as the version has not changed since. */
function notedRooms(
  { copy: { rooms, contents } }: Made,
  { info }: ReadableSource,
): readonly NotedRoom[] {
  const isSame = contents?.etag === info.etag && contents.count === info.count
  return isSame ? rooms : []
}

async function* copyOne(
  { run, intent, settling }: CopyState,
  { version }: PlannedSource,
): AsyncGenerator<RotateEvent, DoneSource> {
  const { options } = run
  const info = await readVersion(options, version)
  if (info === null) return doneAs({ version, etag: '', count: 0 }, 'gone')
  const source = await openSource(options, info)
  if (source.state !== 'readable') return doneAs(info, source.state)
  const contents = { etag: info.etag, count: info.count }
  const checkpoint = async (rooms: readonly NotedRoom[]): Promise<void> => {
    await writeIntent(options, { ...intent, copy: { ...intent.copy, rooms, contents } })
  }
  return yield* copySource({ run, source, settling, checkpoint }, notedRooms(intent, source))
}

/** Copies what is not copied yet. */
export async function* copying(
  options: RotateOptions,
  begun: Made,
): AsyncGenerator<RotateEvent, Made> {
  const run = await openRun(options, begun)
  const { count } = await requireCurrent(options, begun.version)
  const settling = createSettling(run, count)
  let intent = begun
  for (const planned of begun.sources) {
    if (intent.copy.done.some(({ version }) => version === planned.version)) continue
    const done: DoneSource = yield* copyOne({ run, intent, settling }, planned)
    const copy: Copying = { done: [...intent.copy.done, done], rooms: [], contents: null }
    intent = await writeIntent(options, { ...intent, copy })
    yield { type: 'source', report: done }
  }
  return writeIntent(options, { ...intent, stage: 'copied' })
}

async function copiedSources(options: RotateOptions, { copy }: Made): Promise<readonly Copied[]> {
  const copied: Copied[] = []
  for (const done of copy.done) {
    if (done.state !== 'copied') continue
    const info = await readVersion(options, done.version)
    if (info === null) continue
    const source = await openSource(options, info)
    if (source.state === 'readable') copied.push({ source, done })
  }
  return copied
}

/** Verifies. What does not hold is copied again, by the next run: nothing is stored. */
export async function verifying(options: RotateOptions, intent: Made): Promise<Made> {
  try {
    await verify(await openRun(options, intent), intent, await copiedSources(options, intent))
  } catch (error) {
    if (error instanceof BackupError && error.code === 'verification_failed')
      await writeIntent(options, { ...intent, stage: 'copying', copy: NOT_BEGUN })
    throw error
  }
  return writeIntent(options, { ...intent, stage: 'verified' })
}

/**
 * The vault follows the version that took the place of ours, if that is whole: whoever made it stored
 * its key before we stored ours. One that is being filled is followed by its own rotation.
 */
async function follow(options: RotateOptions): Promise<void> {
  const current = await currentVersion(options)
  if (current === null || markerOf(current).state === 'filling') return
  const source = await openSource(options, current)
  if (source.state === 'readable') await options.vault.makeCurrent(source.key, callOptions(options))
}

async function makeCurrent(options: RotateOptions, intent: Made): Promise<void> {
  const { target } = await openRun(options, intent)
  await requireCurrent(options, intent.version)
  await options.vault.makeCurrent(target.key, callOptions(options))
  const current = await currentVersion(options)
  if (current?.version === intent.version) return
  await follow(options)
  throw versionChanged()
}

/** Makes the new key the vault's current one; the one before it stays kept. */
export async function storing(options: RotateOptions, intent: Made): Promise<Made> {
  await makeCurrent(options, intent)
  return writeIntent(options, { ...intent, stage: 'stored' })
}

async function markAsWhole(options: RotateOptions, intent: Made): Promise<void> {
  const { algorithm, auth_data } = await requireCurrent(options, intent.version)
  if (auth_data['public_key'] !== intent.publicKey) throw versionChanged()
  const from = intent.sources.map(({ version }) => version)
  const authData = asWhole(await options.sign(unmarked(auth_data)), from)
  options.signal?.throwIfAborted()
  const { version } = intent
  const request = { algorithm, auth_data: authData, version }
  await persistently(options, () =>
    options.api.updateVersion(version, request, callOptions(options)),
  )
}

/**
 * Marks the new version as whole. Afterwards the vault is looked at once more: a device that was late
 * may have stored its own key, and it follows only versions that it saw as whole.
 */
export async function offering(options: RotateOptions, intent: Made): Promise<Made> {
  const info = await requireCurrent(options, intent.version)
  if (markerOf(info).state === 'filling') await markAsWhole(options, intent)
  const key = await options.vault.current(callOptions(options))
  if (key?.publicKey !== intent.publicKey) await makeCurrent(options, intent)
  return writeIntent(options, { ...intent, stage: 'offered' })
}
