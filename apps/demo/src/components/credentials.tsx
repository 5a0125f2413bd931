/** The fields of each way to sign in. */
import type { JSX } from 'preact'
import type { Notice } from '../notice.ts'
import { SecretField } from './secret-field.tsx'
import { TextField } from './text-field.tsx'

/** Props of the fields. */
export interface CredentialsProps {
  readonly notice: Notice | null
}

/** User and password. */
export function PasswordFields({ notice }: CredentialsProps): JSX.Element {
  return (
    <>
      <TextField name="user" label="User" notice={notice} autocomplete="username" />
      <SecretField
        name="password"
        label="Password"
        notice={notice}
        autocomplete="current-password"
      />
    </>
  )
}

/** An access token of another client. */
export function TokenField({ notice }: CredentialsProps): JSX.Element {
  return (
    <SecretField
      name="access-token"
      label="Access token"
      hint="Of a client that is signed in. Signing out here leaves that client signed in."
      notice={notice}
      autocomplete="off"
    />
  )
}
