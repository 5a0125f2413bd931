/** From one state to the next. Pure: what has to be done is done by the effects. */
import { info, problem } from './notice.ts'
import type { DemoEvent, State, StateAt, Step } from './state.ts'

const NO_BACKUP = problem('step', 'This account has no key backup on this server.')
const RESTORE_CANCELLED = info('The restore was cancelled. No key was kept.')
const EXPORT_CANCELLED = info('Cancelled. No file was written.')

type Transition<S extends Step> = (state: StateAt<S>, event: DemoEvent) => State

const whenSignedOut: Transition<'signed-out'> = (state, event) => {
  if (event.type === 'sign-in-started') return { step: 'signing-in' }
  return event.type === 'refused' ? { ...state, notice: event.notice } : state
}

const whenSigningIn: Transition<'signing-in'> = (state, event) => {
  if (event.type === 'signed-in') return { step: 'reading-backup', account: event.account }
  if (event.type === 'failed') return { step: 'signed-out', notice: event.notice }
  return event.type === 'cancelled' ? { step: 'signed-out', notice: null } : state
}

const whenReadingBackup: Transition<'reading-backup'> = (state, event) => {
  const { account } = state
  if (event.type === 'failed') return { step: 'backup-missing', account, notice: event.notice }
  if (event.type !== 'backup-read') return state
  const { backup } = event
  return backup === null
    ? { step: 'backup-missing', account, notice: NO_BACKUP }
    : { step: 'ready-for-key', account, backup, notice: null }
}

const whenBackupMissing: Transition<'backup-missing'> = (state, event) =>
  event.type === 'backup-wanted' ? { step: 'reading-backup', account: state.account } : state

const whenReadyForKey: Transition<'ready-for-key'> = (state, event) => {
  const { account, backup } = state
  if (event.type === 'key-check-started')
    return { step: 'checking-key', account, backup, progress: null }
  if (event.type === 'backup-wanted') return { step: 'reading-backup', account }
  return event.type === 'refused' ? { ...state, notice: event.notice } : state
}

const whenCheckingKey: Transition<'checking-key'> = (state, event) => {
  const { account, backup } = state
  if (event.type === 'progressed') return { ...state, progress: event.progress }
  if (event.type === 'cancelled') return { step: 'ready-for-key', account, backup, notice: null }
  if (event.type === 'failed')
    return { step: 'ready-for-key', account, backup, notice: event.notice }
  if (event.type !== 'key-identified') return state
  return { step: 'key-known', account, backup: event.backup, key: event.key, notice: event.notice }
}

const whenKeyKnown: Transition<'key-known'> = (state, event) => {
  const { account, backup, key } = state
  if (event.type === 'backup-wanted') return { step: 'reading-backup', account }
  if (event.type !== 'restore-started') return state
  return { step: 'restoring', account, backup, key, progress: null }
}

const whenRestoring: Transition<'restoring'> = (state, event) => {
  const { account, backup, key } = state
  const known = { step: 'key-known', account, backup, key } as const
  if (event.type === 'progressed') return { ...state, progress: event.progress }
  if (event.type === 'cancelled') return { ...known, notice: RESTORE_CANCELLED }
  if (event.type === 'failed') return { ...known, notice: event.notice }
  if (event.type !== 'restore-finished') return state
  return { step: 'restored', account, backup, key, restored: event.restored, notice: null }
}

const whenRestored: Transition<'restored'> = (state, event) => {
  const { account, backup, key, restored } = state
  if (event.type === 'refused') return { ...state, notice: event.notice }
  if (event.type === 'backup-wanted') return { step: 'reading-backup', account }
  if (event.type !== 'export-started' || restored.sessions.length === 0) return state
  return { step: 'exporting', account, backup, key, restored, progress: null }
}

const whenExporting: Transition<'exporting'> = (state, event) => {
  const { account, backup, key, restored } = state
  const done = { step: 'restored', account, backup, key, restored } as const
  if (event.type === 'progressed') return { ...state, progress: event.progress }
  if (event.type === 'cancelled') return { ...done, notice: EXPORT_CANCELLED }
  if (event.type === 'failed') return { ...done, notice: event.notice }
  if (event.type !== 'export-finished') return state
  return { ...done, notice: info(`Saved as ${event.fileName}. Importing it takes its passphrase.`) }
}

const whenSigningOut: Transition<'signing-out'> = (state, event) =>
  event.type === 'signed-out' || event.type === 'failed'
    ? { step: 'signed-out', notice: event.notice }
    : state

/** The next state. An event that does not belong to the state leaves it as it is. */
export function transition(state: State, event: DemoEvent): State {
  if (event.type === 'sign-out-started') return 'account' in state ? { step: 'signing-out' } : state
  switch (state.step) {
    case 'signed-out':
      return whenSignedOut(state, event)
    case 'signing-in':
      return whenSigningIn(state, event)
    case 'reading-backup':
      return whenReadingBackup(state, event)
    case 'backup-missing':
      return whenBackupMissing(state, event)
    case 'ready-for-key':
      return whenReadyForKey(state, event)
    case 'checking-key':
      return whenCheckingKey(state, event)
    case 'key-known':
      return whenKeyKnown(state, event)
    case 'restoring':
      return whenRestoring(state, event)
    case 'restored':
      return whenRestored(state, event)
    case 'exporting':
      return whenExporting(state, event)
    case 'signing-out':
      return whenSigningOut(state, event)
  }
}
