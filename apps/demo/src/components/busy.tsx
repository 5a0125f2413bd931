/** What is under way: in words, as a bar, and with a way to stop it. */
import type { JSX } from 'preact'
import { activityOf } from '../screen.ts'
import type { Progress, State } from '../state.ts'

/** Props of {@link Busy}. */
export interface BusyProps {
  readonly state: State
  /** Name of the bar. */
  readonly label: string
  readonly onCancel?: () => void
}

/** A task that can tell nothing but its beginning and its end shows a bar without a value. */
function barOf(progress: Progress | null): { readonly value?: number; readonly max?: number } {
  return progress === null || progress.done === 0 || progress.total === 0
    ? {}
    : { value: progress.done, max: progress.total }
}

/** Nothing while nothing is under way. */
export function Busy({ state, label, onCancel }: BusyProps): JSX.Element | null {
  const activity = activityOf(state)
  if (activity === null) return null
  const progress = 'progress' in state ? state.progress : null
  return (
    <div class="busy">
      <p>{activity}</p>
      <progress aria-label={label} {...barOf(progress)} />
      {onCancel !== undefined && (
        <button type="button" class="quiet" onClick={onCancel}>
          Cancel
        </button>
      )}
    </div>
  )
}
