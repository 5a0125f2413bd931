/** A step in which the page waits for the homeserver. */
import type { JSX } from 'preact'
import type { State } from '../state.ts'
import { Busy } from './busy.tsx'
import { StepHeading } from './step-heading.tsx'

/** Props of {@link WaitingStep}. */
export interface WaitingStepProps {
  readonly state: State
  readonly heading: string
}

/** A heading, and what is under way. */
export function WaitingStep({ state, heading }: WaitingStepProps): JSX.Element {
  return (
    <>
      <StepHeading state={state}>{heading}</StepHeading>
      <Busy state={state} label={heading} />
    </>
  )
}
