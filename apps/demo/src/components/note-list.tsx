/** What is worth knowing of the keys that were opened. */
import type { EntryNote } from '@roomkeys/backup'
import type { JSX } from 'preact'
import { counted } from '../counted.ts'
import { NOTE_TEXTS } from '../entry-texts.ts'

/** A line for each kind of note; nothing when there is none. */
export function NoteList({
  notes,
}: {
  readonly notes: ReadonlyMap<EntryNote, number>
}): JSX.Element | null {
  if (notes.size === 0) return null
  return (
    <section>
      <h3 id="notes">Notes</h3>
      <ul aria-labelledby="notes">
        {Array.from(notes, ([note, count]) => (
          <li key={note}>
            {NOTE_TEXTS[note]} ({counted(count, 'key')}).
          </li>
        ))}
      </ul>
    </section>
  )
}
