/** The screen of each step. */
import type { JSX } from 'preact'
import type { ScreenProps } from './app.tsx'
import { BackupMissingStep } from './backup-missing-step.tsx'
import { KeyStep } from './key-step.tsx'
import { ReadyStep } from './ready-step.tsx'
import { RestoredStep } from './restored-step.tsx'
import { RestoringStep } from './restoring-step.tsx'
import { SignInStep } from './sign-in-step.tsx'
import { WaitingStep } from './waiting-step.tsx'

/** The screen of a state. Two states of one screen keep what was typed. */
export function StepView({ state, actions }: ScreenProps): JSX.Element {
  switch (state.step) {
    case 'signed-out':
    case 'signing-in':
      return <SignInStep state={state} actions={actions} />
    case 'reading-backup':
      return <WaitingStep state={state} heading="Your backup" />
    case 'backup-missing':
      return <BackupMissingStep state={state} actions={actions} />
    case 'ready-for-key':
    case 'checking-key':
      return <KeyStep state={state} actions={actions} />
    case 'key-known':
      return <ReadyStep state={state} actions={actions} />
    case 'restoring':
      return <RestoringStep state={state} actions={actions} />
    case 'restored':
    case 'exporting':
      return <RestoredStep state={state} actions={actions} />
    case 'signing-out':
      return <WaitingStep state={state} heading="Signing out" />
  }
}
