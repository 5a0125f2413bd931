/** The heading of a step, which the focus moves to. */
import type { ComponentChildren, JSX } from 'preact'
import { headingOf } from '../screen.ts'
import type { State } from '../state.ts'

/** Props of {@link StepHeading}. */
export interface StepHeadingProps {
  readonly state: State
  readonly children: ComponentChildren
}

/** The heading of a step. */
export function StepHeading({ state, children }: StepHeadingProps): JSX.Element {
  return (
    <h2 id={headingOf(state)} tabIndex={-1}>
      {children}
    </h2>
  )
}
