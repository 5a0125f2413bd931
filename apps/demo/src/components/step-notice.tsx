/** What the page tells about a step as a whole. */
import type { JSX } from 'preact'
import { noticeOf } from '../screen.ts'
import type { State } from '../state.ts'

/** The notice of the step; nothing when it has none, or one at a field. */
export function StepNotice({ state }: { readonly state: State }): JSX.Element | null {
  const notice = noticeOf(state)
  if (notice?.place !== 'step') return null
  return (
    <p
      id="step-notice"
      class={`notice ${notice.tone}`}
      role={notice.tone === 'error' ? 'alert' : 'status'}
      tabIndex={-1}
    >
      {notice.text}
    </p>
  )
}
