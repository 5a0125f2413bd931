/** Decisions of the app that begin something, whatever the state is. */
import type { BackupVersion } from '@roomkeys/types'
import type { Command } from './events.ts'
import type { Backup, BackupKey } from './key.ts'
import { go, type Move } from './move.ts'
import { FIRST_PACE, type Pace } from './pace.ts'
import {
  type Creating,
  type Disabled,
  type DisabledReason,
  type Disabling,
  type Enabled,
  FIRST_TRY,
  type Rechecking,
  type Resuming,
} from './state.ts'

type CommandOf<T extends Command['type']> = Extract<Command, { readonly type: T }>

/** Begins to make a version. */
export function create({ key, replaces }: Pick<Creating, 'key' | 'replaces'>): Creating {
  return { kind: 'creating', key, replaces, step: { kind: 'keeping' }, ...FIRST_TRY }
}

/** Begins to look for what was there before. */
export function resume(given: BackupKey | null): Resuming {
  return { kind: 'resuming', step: { kind: 'recalling', given }, ...FIRST_TRY }
}

/** Begins to give the backup up. */
export function withdraw(target: BackupVersion | null): Disabling {
  return { kind: 'disabling', target, ...FIRST_TRY }
}

/** No backup. */
export function disabled(because: DisabledReason): Disabled {
  return { kind: 'disabled', because }
}

/** Begins to read the version again. */
export function recheck(
  { backup, pace }: Pick<Enabled, 'backup' | 'pace'>,
  because: Rechecking['because'],
): Rechecking {
  const step = { kind: 'reading', key: backup.key } as const
  const known = backup.info.version
  return { kind: 'rechecking', because, known, pace, step, ...FIRST_TRY }
}

/** A backup in use; the first batch waits a random time. */
export function enabled(backup: Backup, pace: Pace = FIRST_PACE): Enabled {
  return { kind: 'enabled', backup, pace, upload: { kind: 'jittering' } }
}

/** `enable` and `create`: the newest decision of the app counts, in every state. */
export function onDecision(command: CommandOf<'enable' | 'create'>): Move {
  if (command.type === 'create') return go(create(command))
  const step = { kind: 'reading', key: command.key } as const
  return go({ kind: 'enabling', step, ...FIRST_TRY })
}

/** `disable`, where this version is in use. */
export function onDisable({ version }: CommandOf<'disable'>, inUse: BackupVersion | null): Move {
  return go(withdraw(version === 'delete' ? inUse : null))
}
