/** Rotating and migrating a backup: a new version that holds what the old one held. */
import type { BackupVersionInfo } from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import { currentVersion, readVersion } from './calls.ts'
import { create, isOurs } from './create.ts'
import type { RotateEvent } from './events.ts'
import { type Intent, type Made, NOT_BEGUN, readIntent, writeIntent } from './intent.ts'
import { markerOf } from './marker.ts'
import type { RotateOptions } from './options.ts'
import { plan, type Plan, requireVersion } from './plan.ts'
import { reportOf } from './report.ts'
import { openSource } from './sources.ts'
import { copying, offering, storing, verifying } from './stages.ts'

type Versions = readonly Intent['sources'][number]['version'][]

function versionsOf(intent: Intent): Versions {
  const sources = intent.sources.map(({ version }) => version)
  return intent.stage === 'preparing' ? sources : [intent.version, ...sources]
}

function stageEvent(intent: Intent): RotateEvent {
  const { stage } = intent
  const version = intent.stage === 'preparing' ? null : intent.version
  const sources = intent.sources.map((source) => source.version)
  return { type: 'stage', stage, version, sources }
}

/** An intent that made no version yet, with its key; `null` when that was never kept. */
async function earlierPlan(options: RotateOptions, intent: Intent | null): Promise<Plan | null> {
  if (intent?.stage !== 'preparing') return null
  const isWanted = intent.algorithm === options.target.algorithm.name
  const key = await options.vault.find(intent.publicKey, callOptions(options))
  return key !== null && isWanted ? { intent, key } : null
}

function isFilledByOthers(current: BackupVersionInfo, intent: Intent | null): boolean {
  const { state, id } = markerOf(current)
  return state === 'filling' && id !== intent?.id
}

/** Goes on with the plan as long as it is of the present, else plans from what is current now. */
async function* prepare(
  options: RotateOptions,
  found: Intent | null,
): AsyncGenerator<RotateEvent, Made> {
  let earlier = await earlierPlan(options, found)
  let others = found === null ? [] : versionsOf(found)
  let current = await requireVersion(options)
  for (;;) {
    if (isFilledByOthers(current, earlier?.intent ?? null))
      yield { type: 'another_rotation', version: current.version }
    const isOfNow =
      earlier !== null &&
      (earlier.intent.seen === current.version || isOurs(earlier.intent, current))
    const planned: Plan =
      earlier !== null && isOfNow ? earlier : await plan(options, current, { others, earlier })
    yield stageEvent(planned.intent)
    const creation = await create(options, planned)
    if (creation.kind === 'made') return creation.intent
    earlier = planned
    others = versionsOf(planned.intent)
    current = creation.current
  }
}

/** Whether an old version holds other keys than when it was copied, or can be read only now. */
async function hasNews(options: RotateOptions, { copy }: Made): Promise<boolean> {
  for (const { version, state, etag, count } of copy.done) {
    const info = state === 'gone' ? null : await readVersion(options, version)
    if (info === null) continue
    if (state === 'copied' && (info.etag !== etag || info.count !== count)) return true
    if (state !== 'copied' && (await openSource(options, info)).state === 'readable') return true
  }
  return false
}

/** The intent to go on with, or `null` when its version is not current, or its key is lost. */
async function resumable(options: RotateOptions, intent: Intent): Promise<Made | null> {
  if (intent.stage === 'preparing') return null
  const current = await currentVersion(options)
  if (current?.version !== intent.version) return null
  if ((await options.vault.find(intent.publicKey, callOptions(options))) === null) return null
  if (intent.stage !== 'offered' || !(await hasNews(options, intent))) return intent
  return writeIntent(options, { ...intent, stage: 'copying', copy: NOT_BEGUN })
}

async function* advance(options: RotateOptions, intent: Made): AsyncGenerator<RotateEvent, Made> {
  switch (intent.stage) {
    case 'copying':
      return yield* copying(options, intent)
    case 'copied':
      return verifying(options, intent)
    case 'verified':
      return storing(options, intent)
    case 'stored':
      return offering(options, intent)
    case 'offered':
      return intent
  }
}

/**
 * Makes a new version, carries every key over, verifies, and stores the new key. Old versions stay,
 * and so do their keys: `finishRotation` deletes them.
 *
 * It can end at any moment, by an error, a crash, the signal, or by leaving the loop; everything can
 * still be read then, and the next call goes on from there. A rotation that is done and not finished
 * ends at once with its report.
 *
 * @throws BackupError `no_backup`; `wrong_key`, `unsupported_algorithm` or `malformed_auth_data` when
 * nothing can be read; `version_changed` when another device made a version meanwhile, from which the
 * next call starts; `verification_failed`, after which the next call copies again; `would_lose_keys`
 * when the server refuses very many keys; `malformed_journal`. ApiError when the server stays in
 * trouble. Whatever vault, journal and `sign` throw.
 */
export async function* rotate(options: RotateOptions): AsyncGenerator<RotateEvent> {
  options.signal?.throwIfAborted()
  const found = await readIntent(options)
  const resumed = found === null ? null : await resumable(options, found)
  let intent = resumed ?? (yield* prepare(options, found))
  yield stageEvent(intent)
  while (intent.stage !== 'offered') {
    intent = yield* advance(options, intent)
    yield stageEvent(intent)
  }
  yield { type: 'finished', report: reportOf(intent.version, intent.copy.done) }
}
