/** There is no backup, or it could not be read. */
import type { JSX } from 'preact'
import type { Actions } from '../actions.ts'
import type { StateAt } from '../state.ts'
import { StepHeading } from './step-heading.tsx'
import { StepNotice } from './step-notice.tsx'

/** Props of {@link BackupMissingStep}. */
export interface BackupMissingStepProps {
  readonly state: StateAt<'backup-missing'>
  readonly actions: Actions
}

/** Why there is nothing to restore, and the way to look again. */
export function BackupMissingStep({ state, actions }: BackupMissingStepProps): JSX.Element {
  return (
    <>
      <StepHeading state={state}>No backup to restore</StepHeading>
      <StepNotice state={state} />
      <button type="button" onClick={actions.lookForBackup}>
        Look again
      </button>
    </>
  )
}
