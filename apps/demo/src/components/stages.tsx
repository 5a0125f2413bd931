/** The steps of the page, and where it is. */
import type { JSX } from 'preact'
import { STAGES, stageOf } from '../screen.ts'
import type { State } from '../state.ts'

/** The list of steps. */
export function Stages({ state }: { readonly state: State }): JSX.Element {
  const current = stageOf(state)
  return (
    <nav aria-label="Steps">
      <ol class="stages">
        {STAGES.map((stage, index) => (
          <li
            key={stage}
            class={index < current ? 'done' : ''}
            aria-current={index === current ? 'step' : undefined}
          >
            {stage}
            {index < current && <span class="visually-hidden"> (done)</span>}
          </li>
        ))}
      </ol>
    </nav>
  )
}
