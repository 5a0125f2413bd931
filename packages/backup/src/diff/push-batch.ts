/** Bringing some keys into the backup: guarded, sealed, uploaded, and read back where in doubt. */
import { isJsonObject } from '@roomkeys/types'
import { callOptions } from '../ports/call-options.ts'
import { collect } from '../collect.ts'
import { encryptionKeyOf } from '../encryption-key.ts'
import { addressKey } from '../merge/address-key.ts'
import type { UploadEntry } from '../ports/room-keys-api.ts'
import { sealEntries } from '../seal-entries.ts'
import type { SealOutcome } from '../seal-entry.ts'
import { toSeal } from '../upload/to-seal.ts'
import { guard, type Guard, type Verdict } from './guard.ts'
import { copiesIn } from './live-backup.ts'
import { done, type PushJob, refused } from './push-job.ts'
import type { PushOutcome, PushRefusal } from './sync-events.ts'
import { uploadKeys } from './upload-keys.ts'

type ToUpload = Extract<Verdict, { readonly kind: 'upload' }>

async function seal(
  verdicts: readonly ToUpload[],
  { backup, signal }: Guard,
): Promise<readonly SealOutcome[]> {
  const { algorithm, agree, random, sealEntries: sealAll = sealEntries } = backup
  const key = encryptionKeyOf(backup.key)
  const providers = { ...(agree && { agree }), ...(random && { random }) }
  const options = { algorithm, key, ...providers, ...callOptions({ signal }) }
  try {
    const sessions = verdicts.map(({ job }) => toSeal(job, job.copy))
    return await collect(sealAll(sessions, options))
  } finally {
    key.macKey?.destroy()
  }
}

function ciphertextOf(data: unknown): unknown {
  const sessionData = isJsonObject(data) ? data['session_data'] : undefined
  return isJsonObject(sessionData) ? sessionData['ciphertext'] : undefined
}

/** Those of the uploaded keys that the server did not keep. */
async function shadowed(
  entries: readonly UploadEntry[],
  { backup, signal }: Guard,
): Promise<ReadonlySet<string>> {
  const kept = new Map<string, unknown>()
  for await (const entry of copiesIn(backup, entries, signal))
    kept.set(addressKey(entry), ciphertextOf(entry.data))
  const isLost = (entry: UploadEntry): boolean =>
    kept.get(addressKey(entry)) !== ciphertextOf(entry.data)
  return new Set(entries.filter(isLost).map(addressKey))
}

/** Uploads what is sealed; the refusals by address. */
async function send(
  verdicts: readonly ToUpload[],
  context: Guard,
): Promise<ReadonlyMap<string, PushRefusal>> {
  const outcomes = await seal(verdicts, context)
  const sealed = outcomes.filter((outcome) => outcome.status === 'sealed')
  const entries = sealed.map(({ roomId, sessionId, data }) => ({ roomId, sessionId, data }))
  const refusals = new Map(await uploadKeys(context.backup, entries, context.signal))
  for (const outcome of outcomes)
    if (outcome.status === 'failed') refusals.set(addressKey(outcome), 'invalid')
  const doubtful = new Set(
    verdicts.filter(({ isCertain }) => !isCertain).map(({ job }) => addressKey(job)),
  )
  const inDoubt = entries.filter(
    (entry) => doubtful.has(addressKey(entry)) && !refusals.has(addressKey(entry)),
  )
  for (const address of await shadowed(inDoubt, context)) refusals.set(address, 'shadowed')
  return refusals
}

/** A key that is done, and what became of it. */
export interface PushedJob {
  readonly job: PushJob
  readonly outcome: PushOutcome
}

/** Brings keys into the backup. What this resolves with, the server has answered for. */
export async function pushBatch(
  jobs: readonly PushJob[],
  context: Guard,
): Promise<readonly PushedJob[]> {
  if (jobs.length === 0) return []
  const verdicts = await guard(jobs, context)
  const toUpload = verdicts.filter((verdict) => verdict.kind === 'upload')
  const refusals = await send(toUpload, context)
  return verdicts.map((verdict) => {
    const { job } = verdict
    if (verdict.kind === 'settled') return { job, outcome: verdict.outcome }
    const reason = refusals.get(addressKey(job))
    if (reason !== undefined) return { job, outcome: refused(job, reason) }
    context.index.add('b', job, [job.candidate])
    return { job, outcome: done(job, 'uploaded') }
  })
}
