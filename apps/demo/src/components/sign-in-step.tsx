/** Signing in. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Actions } from '../actions.ts'
import type { SignInMethod } from '../forms.ts'
import { noticeOf } from '../screen.ts'
import type { StateAt } from '../state.ts'
import { Busy } from './busy.tsx'
import { Form } from './form.tsx'
import { MethodChoice } from './method-choice.tsx'
import { PasswordFields, TokenField } from './credentials.tsx'
import { StepHeading } from './step-heading.tsx'
import { StepNotice } from './step-notice.tsx'
import { TextField } from './text-field.tsx'

/** Props of {@link SignInStep}. */
export interface SignInStepProps {
  readonly state: StateAt<'signed-out' | 'signing-in'>
  readonly actions: Actions
}

const HOMESERVER_HINT = 'The address of its client API. This page’s own server to begin with.'

/** The sign-in form. */
export function SignInStep({ state, actions }: SignInStepProps): JSX.Element {
  const [method, setMethod] = useState<SignInMethod>('password')
  const notice = noticeOf(state)
  const submit = (form: FormData): void => {
    actions.signIn(form, method)
  }
  return (
    <>
      <StepHeading state={state}>Sign in</StepHeading>
      <StepNotice state={state} />
      <Form label="Sign in" submit="Sign in" isBusy={state.step === 'signing-in'} onSubmit={submit}>
        <TextField
          name="homeserver"
          label="Homeserver"
          hint={HOMESERVER_HINT}
          notice={notice}
          autocomplete="url"
          defaultValue={location.origin}
        />
        <MethodChoice method={method} onChange={setMethod} />
        {method === 'password' ? (
          <PasswordFields notice={notice} />
        ) : (
          <TokenField notice={notice} />
        )}
      </Form>
      <Busy state={state} label="Sign in" onCancel={actions.cancel} />
    </>
  )
}
