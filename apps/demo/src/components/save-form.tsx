/** The passphrase of the key export file, typed twice. */
import type { JSX } from 'preact'
import { counted } from '../counted.ts'
import { noticeOf } from '../screen.ts'
import { Busy } from './busy.tsx'
import { Form } from './form.tsx'
import type { RestoredStepProps } from './restored-step.tsx'
import { SecretField } from './secret-field.tsx'

/** Saves the keys as a file. */
export function SaveForm({ state, actions }: RestoredStepProps): JSX.Element {
  const notice = noticeOf(state)
  const count = counted(state.restored.sessions.length, 'key')
  return (
    <section class="save">
      <h3>Save a key export file</h3>
      <p>
        {count}, which any Matrix client imports. Whoever has the file and its passphrase can read
        your messages.
      </p>
      <Form
        label="Save a key export file"
        submit="Save key file"
        isBusy={state.step === 'exporting'}
        isDone={notice?.tone === 'info'}
        onSubmit={actions.saveFile}
      >
        <SecretField name="file-passphrase" label="Passphrase" notice={notice} autocomplete="off" />
        <SecretField
          name="file-passphrase-again"
          label="Passphrase, typed again"
          notice={notice}
          autocomplete="off"
        />
      </Form>
      <Busy state={state} label="File encrypted" onCancel={actions.cancel} />
    </section>
  )
}
