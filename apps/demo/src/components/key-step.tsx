/** Which key opens the backup. */
import type { JSX } from 'preact'
import type { Actions } from '../actions.ts'
import { passphraseData } from '../effects/check-key.ts'
import type { StateAt } from '../state.ts'
import { BackupFacts } from './backup-facts.tsx'
import { Busy } from './busy.tsx'
import { KeyForm, PassphraseForm } from './key-forms.tsx'
import { StepHeading } from './step-heading.tsx'
import { StepNotice } from './step-notice.tsx'

/** Props of {@link KeyStep}. */
export interface KeyStepProps {
  readonly state: StateAt<'ready-for-key' | 'checking-key'>
  readonly actions: Actions
}

/** What the backup is, and the ways to its key. */
export function KeyStep({ state, actions }: KeyStepProps): JSX.Element {
  return (
    <>
      <StepHeading state={state}>Your decryption key</StepHeading>
      <BackupFacts backup={state.backup} />
      <StepNotice state={state} />
      <KeyForm state={state} actions={actions} />
      {passphraseData(state.backup) !== null && <PassphraseForm state={state} actions={actions} />}
      <Busy state={state} label="Key check" onCancel={actions.cancel} />
      {state.step === 'ready-for-key' && (
        <button type="button" class="link" onClick={actions.lookForBackup}>
          Look for the backup again
        </button>
      )}
    </>
  )
}
