/** Another source, or none: what was learned of the old one is worth nothing. */
import { NO_MISSES } from './misses.ts'
import type { NoBackupReason } from './outcome.ts'
import { type BackupSource, isSameSource } from './source.ts'
import { answer, change, endPhase, enqueue, perform, type Step } from './step.ts'

/** A job begins anew with the new source; one that still looks has not used the old one. */
function restart(step: Step, key: string): Step {
  const { jobs, source, because } = step.state
  if (jobs.get(key)?.phase.kind === 'looking') return step
  if (source === null) return answer(step, key, () => ({ status: 'no_backup', because }))
  return enqueue(endPhase(step, key), key, { attempt: 0 })
}

function withSource(step: Step, source: BackupSource | null, because: NoBackupReason): Step {
  const { check } = step.state
  const cancelled = check === null ? step : perform(step, { type: 'cancel', run: check })
  const changes = { source, because, check: null, versionSeenAt: null, misses: NO_MISSES }
  const changed = change(cancelled, changes)
  return [...changed.state.jobs.keys()].reduce(restart, changed)
}

/** The source is this from now on. */
export function onSource(step: Step, source: BackupSource | null): Step {
  if (isSameSource(source, step.state.source)) return step
  return withSource(step, source, 'no_key')
}

/** The version is not on the server any more: nobody learns anything of a session from that. */
export function onVersionGone(step: Step): Step {
  const { source } = step.state
  if (source === null) return step
  const told = perform(step, { type: 'tell_version_gone', version: source.version })
  return withSource(told, null, 'version_gone')
}
