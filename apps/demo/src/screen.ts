/** What the screen says of a state as a whole. */
import { counted, written } from './counted.ts'
import type { Notice } from './notice.ts'
import type { State, Step } from './state.ts'

/** The steps that a person sees. */
export const STAGES = ['Sign in', 'Key', 'Restore', 'Save'] as const

const STAGE_OF: Readonly<Record<Step, number>> = {
  'signed-out': 0,
  'signing-in': 0,
  'reading-backup': 1,
  'backup-missing': 1,
  'ready-for-key': 1,
  'checking-key': 1,
  'key-known': 2,
  restoring: 2,
  restored: 3,
  exporting: 3,
  'signing-out': 3,
}

/** The index in {@link STAGES} of a state. */
export function stageOf({ step }: State): number {
  return STAGE_OF[step]
}

/** The notice of a state, if it has one. */
export function noticeOf(state: State): Notice | null {
  return 'notice' in state ? state.notice : null
}

/** The id of a step's heading. Steps that share a screen share it, so that the focus stays. */
export function headingOf({ step }: State): string {
  if (step === 'signing-in') return 'heading-signed-out'
  if (step === 'checking-key') return 'heading-ready-for-key'
  return `heading-${step === 'exporting' ? 'restored' : step}`
}

/** What is under way, in words; `null` when nothing is. */
export function activityOf(state: State): string | null {
  switch (state.step) {
    case 'signing-in':
      return 'Signing in…'
    case 'reading-backup':
      return 'Looking for your backup…'
    case 'checking-key':
      return 'Checking the key…'
    case 'restoring':
      return state.progress === null
        ? 'Downloading the backup…'
        : `${written(state.progress.done)} of ${counted(state.progress.total, 'key')}`
    case 'exporting':
      return 'Encrypting the file…'
    case 'signing-out':
      return 'Signing out…'
    case 'signed-out':
    case 'backup-missing':
    case 'ready-for-key':
    case 'key-known':
    case 'restored':
      return null
  }
}
