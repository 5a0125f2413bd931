/** The restore under way. */
import type { JSX } from 'preact'
import type { Actions } from '../actions.ts'
import type { StateAt } from '../state.ts'
import { Busy } from './busy.tsx'
import { StepHeading } from './step-heading.tsx'

/** Props of {@link RestoringStep}. */
export interface RestoringStepProps {
  readonly state: StateAt<'restoring'>
  readonly actions: Actions
}

/** How far it is. */
export function RestoringStep({ state, actions }: RestoringStepProps): JSX.Element {
  return (
    <>
      <StepHeading state={state}>Restoring</StepHeading>
      <Busy state={state} label="Keys restored" onCancel={actions.cancel} />
    </>
  )
}
