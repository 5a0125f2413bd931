/** The way to the rest of a long list. */
import type { JSX } from 'preact'
import { written } from '../counted.ts'

/** Props of {@link ShowMore}. */
export interface ShowMoreProps {
  readonly hidden: number
  readonly onClick: () => void
}

/** A button; nothing when everything is shown. */
export function ShowMore({ hidden, onClick }: ShowMoreProps): JSX.Element | null {
  if (hidden === 0) return null
  return (
    <button type="button" class="link" onClick={onClick}>
      Show more ({written(hidden)} not shown)
    </button>
  )
}
