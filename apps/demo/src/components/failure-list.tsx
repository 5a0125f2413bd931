/** Every key that could not be opened, by name. */
import type { JSX } from 'preact'
import { FAILURE_TEXTS } from '../entry-texts.ts'
import type { Failure } from '../restored.ts'
import { ShowMore } from './show-more.tsx'
import { useShown } from './use-shown.ts'

/** Props of {@link FailureList}. */
export interface FailureListProps {
  readonly failures: readonly Failure[]
}

/** Session, room and reason of each failure; nothing when there is none. */
export function FailureList({ failures }: FailureListProps): JSX.Element | null {
  const { items, hidden, showMore } = useShown(failures)
  if (failures.length === 0) return null
  return (
    <section>
      <h3 id="failures">Keys that could not be opened</h3>
      <ul class="failures" aria-labelledby="failures">
        {items.map(({ roomId, sessionId, reason }) => (
          <li key={`${roomId} ${sessionId}`}>
            <p>{FAILURE_TEXTS[reason]}</p>
            <p class="id">
              Session <bdi>{sessionId}</bdi>
            </p>
            <p class="id">
              Room <bdi>{roomId}</bdi>
            </p>
          </li>
        ))}
      </ul>
      <ShowMore hidden={hidden} onClick={showMore} />
    </section>
  )
}
