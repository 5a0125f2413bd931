/** What a synchronisation would do, without doing it. */
import { backupSource } from './backup-source.ts'
import { diff, type DiffOptions } from './diff.ts'
import type { Difference, DiffSummary } from './difference.ts'
import type { LiveBackup } from './live-backup.ts'
import type { KeySource } from './source.ts'
import { storeSource } from './store-source.ts'
import type { SyncDirection, SyncOptions } from './sync.ts'

/**
 * What would be done about a difference. `upload`: into the backup, unless the server refuses.
 * `import`: into the store, whose merge decides. `leave`: nothing.
 */
export type PlannedAction = 'upload' | 'import' | 'leave'

/** What a plan says; `a` is the store or the source, `b` the backup. */
export type PlanEvent =
  | { readonly type: 'difference'; readonly difference: Difference; readonly action: PlannedAction }
  | { readonly type: 'finished'; readonly summary: DiffSummary }

function actionOf({ kind }: Difference, direction: SyncDirection): PlannedAction {
  switch (kind) {
    case 'missing_in_b':
    case 'better_in_a':
      return direction === 'pull' ? 'leave' : 'upload'
    case 'missing_in_a':
    case 'better_in_b':
    case 'conflicting':
      return direction === 'push' ? 'leave' : 'import'
    case 'invalid_in_a':
    case 'invalid_in_b':
      return 'leave'
  }
}

async function* planOf(
  source: KeySource,
  backup: LiveBackup,
  { direction, ...options }: DiffOptions & { readonly direction: SyncDirection },
): AsyncGenerator<PlanEvent> {
  for await (const event of diff(source, backupSource(backup), options)) {
    if (event.type === 'finished') yield event
    if (event.type !== 'difference') continue
    const { difference } = event
    yield { type: 'difference', difference, action: actionOf(difference, direction) }
  }
}

/**
 * The differences between a store and a backup, and what `sync` would do about each. Nothing is written.
 *
 * @throws as `diff`
 */
export function planSync(options: SyncOptions): AsyncGenerator<PlanEvent> {
  const { store, backup, direction = 'both', signal } = options
  return planOf(storeSource(store), backup, { direction, ...(signal && { signal }) })
}

/**
 * The differences between a source and a backup, and what `push` would do about each.
 *
 * @throws as `diff`
 */
export function planPush(
  source: KeySource,
  backup: LiveBackup,
  options: DiffOptions = {},
): AsyncGenerator<PlanEvent> {
  return planOf(source, backup, { ...options, direction: 'push' })
}
