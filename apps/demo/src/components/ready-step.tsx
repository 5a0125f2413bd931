/** The key is the backup's: everything is ready. */
import type { JSX } from 'preact'
import type { Actions } from '../actions.ts'
import type { StateAt } from '../state.ts'
import { BackupFacts } from './backup-facts.tsx'
import { StepHeading } from './step-heading.tsx'
import { StepNotice } from './step-notice.tsx'

/** Props of {@link ReadyStep}. */
export interface ReadyStepProps {
  readonly state: StateAt<'key-known'>
  readonly actions: Actions
}

/** What will be restored. */
export function ReadyStep({ state, actions }: ReadyStepProps): JSX.Element {
  return (
    <>
      <StepHeading state={state}>Ready to restore</StepHeading>
      <p>The key of this backup is at hand. Nothing is stored while you restore.</p>
      <BackupFacts backup={state.backup} />
      <StepNotice state={state} />
      <div class="buttons">
        <button type="button" onClick={actions.restore}>
          Restore all keys
        </button>
        <button type="button" class="quiet" onClick={actions.lookForBackup}>
          Use another key
        </button>
      </div>
    </>
  )
}
