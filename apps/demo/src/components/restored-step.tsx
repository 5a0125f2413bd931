/** What the restore came to, and the file to take away. */
import type { JSX } from 'preact'
import type { Actions } from '../actions.ts'
import type { StateAt } from '../state.ts'
import { verdictOf } from '../verdict.ts'
import { FailureList } from './failure-list.tsx'
import { NoteList } from './note-list.tsx'
import { RoomTable } from './room-table.tsx'
import { SaveForm } from './save-form.tsx'
import { StepHeading } from './step-heading.tsx'
import { StepNotice } from './step-notice.tsx'

/** Props of {@link RestoredStep}. */
export interface RestoredStepProps {
  readonly state: StateAt<'restored' | 'exporting'>
  readonly actions: Actions
}

/** The verdict, the file, and the outcomes in full. */
export function RestoredStep({ state, actions }: RestoredStepProps): JSX.Element {
  const { report, sessions, rooms, failures, notes } = state.restored
  const { tone, heading, text } = verdictOf(report)
  return (
    <>
      <StepHeading state={state}>{heading}</StepHeading>
      <p class={`verdict ${tone}`}>{text}</p>
      <StepNotice state={state} />
      {sessions.length > 0 && <SaveForm state={state} actions={actions} />}
      <FailureList failures={failures} />
      <RoomTable rooms={rooms} />
      <NoteList notes={notes} />
      {state.step === 'restored' && (
        <button type="button" class="link" onClick={actions.lookForBackup}>
          Use another key
        </button>
      )}
    </>
  )
}
