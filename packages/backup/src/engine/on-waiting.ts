/** The states in which nothing runs until the app says something. */
import { disabled, enabled, onDecision, onDisable, recheck, resume, withdraw } from './begin.ts'
import type { Command } from './events.ts'
import type { BackupKey } from './key.ts'
import { go, type Move, STAY } from './move.ts'
import {
  type Crashed,
  type Disabled,
  type Downloading,
  FIRST_TRY,
  type Paused,
  type Untrusted,
  type WrongVersion,
} from './state.ts'

/** Commands in `disabled`. */
export function disabledCommand({ because }: Disabled, command: Command): Move {
  switch (command.type) {
    case 'enable':
    case 'create':
      return onDecision(command)
    case 'resume':
      return go(resume(command.key))
    // The preference is written, so that no other device makes a backup unasked.
    case 'disable':
      return go(withdraw(null))
    case 'preference_changed':
      return command.enabled && because === 'preference_off' ? go(resume(null)) : STAY
    case 'recheck':
    case 'keys_added':
    case 'hurry':
    case 'online':
    case 'offline':
    case 'trust_decided':
    case 'download_began':
    case 'download_ended':
      return STAY
  }
}

/** Commands in `downloading`. */
export function downloadingCommand(state: Downloading, command: Command): Move {
  switch (command.type) {
    case 'enable':
    case 'create':
      return onDecision(command)
    case 'disable':
      return onDisable(command, state.backup.info.version)
    case 'recheck':
      return go(recheck(state, 'asked'))
    case 'download_ended':
      return go(enabled(state.backup, state.pace))
    case 'preference_changed':
      return command.enabled ? STAY : go(disabled('preference_off'))
    case 'resume':
    case 'keys_added':
    case 'hurry':
    case 'online':
    case 'offline':
    case 'trust_decided':
    case 'download_began':
      return STAY
  }
}

type Asking = WrongVersion | Untrusted | Paused | Crashed

function keyOf(state: Asking): BackupKey | null {
  switch (state.kind) {
    case 'wrong_version':
    case 'paused':
      return state.key
    case 'untrusted':
      return state.backup.key
    case 'crashed':
      return null
  }
}

function onTrust(
  state: Asking,
  { version, decision }: Extract<Command, { readonly type: 'trust_decided' }>,
): Move {
  if (state.kind !== 'untrusted' || state.backup.info.version !== version) return STAY
  if (decision === 'refuse') return go(disabled('by_app'))
  const step = { kind: 'adopting', backup: state.backup } as const
  return go({ kind: 'enabling', step, ...FIRST_TRY })
}

/** Commands in `wrong_version`, `untrusted`, `paused` and `crashed`. */
export function askingCommand(state: Asking, command: Command): Move {
  switch (command.type) {
    case 'enable':
    case 'create':
      return onDecision(command)
    case 'resume':
      return go(resume(command.key ?? keyOf(state)))
    case 'recheck':
      return go(resume(keyOf(state)))
    case 'disable':
      return go(withdraw(null))
    case 'trust_decided':
      return onTrust(state, command)
    case 'preference_changed':
      return command.enabled ? STAY : go(disabled('preference_off'))
    case 'keys_added':
    case 'hurry':
    case 'online':
    case 'offline':
    case 'download_began':
    case 'download_ended':
      return STAY
  }
}
