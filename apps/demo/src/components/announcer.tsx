/** Tells screen readers what is under way, without flooding them. */
import type { JSX } from 'preact'
import { useThrottled } from './use-throttled.ts'

const INTERVAL_MS = 2_000

/** A polite live region that changes every two seconds at most. */
export function Announcer({ text }: { readonly text: string }): JSX.Element {
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {useThrottled(text, INTERVAL_MS)}
    </p>
  )
}
