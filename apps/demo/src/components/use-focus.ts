/** Keeps the keyboard where the page is: at the next step's heading, or at what went wrong. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import { headingOf, noticeOf } from '../screen.ts'
import type { State } from '../state.ts'

/** The id of the element that a notice belongs to. */
function noticeTarget(state: State): string | null {
  const notice = noticeOf(state)
  if (notice === null) return null
  return notice.place === 'step' ? 'step-notice' : notice.place
}

/** Moves the focus when the step or its notice changes; never when the page is opened. */
export function useFocus(state: State): void {
  const heading = headingOf(state)
  const notice = noticeOf(state)
  const last = useRef({ heading, notice })
  useLayoutEffect(() => {
    const before = last.current
    last.current = { heading, notice }
    const isNews = notice !== null && notice !== before.notice
    const target = isNews ? noticeTarget(state) : before.heading === heading ? null : heading
    if (target !== null) document.getElementById(target)?.focus()
  })
}
