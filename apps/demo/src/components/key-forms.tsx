/** The ways to give the key of a backup. */
import type { JSX } from 'preact'
import { noticeOf } from '../screen.ts'
import { Form } from './form.tsx'
import type { KeyStepProps } from './key-step.tsx'
import { SecretField } from './secret-field.tsx'

const KEY_HINT =
  'People call it recovery key or security key: 48 letters and digits, often in groups of four. Spaces do not matter. It never leaves this page.'

/** The key itself. */
export function KeyForm({ state, actions }: KeyStepProps): JSX.Element {
  return (
    <Form
      label="Decryption key"
      submit="Check key"
      isBusy={state.step === 'checking-key'}
      onSubmit={actions.checkKey}
    >
      <SecretField
        name="decryption-key"
        label="Decryption key"
        hint={KEY_HINT}
        notice={noticeOf(state)}
        autocomplete="off"
      />
    </Form>
  )
}

/** The passphrase that old clients derived the key from. */
export function PassphraseForm({ state, actions }: KeyStepProps): JSX.Element {
  return (
    <Form
      label="Backup passphrase"
      submit="Check passphrase"
      isBusy={state.step === 'checking-key'}
      onSubmit={actions.checkPassphrase}
    >
      <p class="or">or</p>
      <SecretField
        name="backup-passphrase"
        label="Backup passphrase"
        hint="This backup was made with a passphrase, which gives the key."
        notice={noticeOf(state)}
        autocomplete="off"
      />
    </Form>
  )
}
