/** An input for a secret, which can be shown to compare it with a note. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { FieldFrame, type FieldProps, tiesOf } from './field.tsx'

/** Props of {@link SecretField}. */
export interface SecretFieldProps extends FieldProps {
  readonly autocomplete: 'off' | 'current-password'
}

interface SecretInputProps {
  readonly isShown: boolean
  readonly field: SecretFieldProps
}

/** The same element in both cases, so that it keeps what was typed. */
function SecretInput({ isShown, field }: SecretInputProps): JSX.Element {
  const common = {
    ...tiesOf(field),
    autocomplete: field.autocomplete,
    autoCapitalize: 'none',
    spellcheck: false,
    required: true,
    class: 'secret',
  } as const
  return isShown ? <input {...common} type="text" /> : <input {...common} type="password" />
}

/** A secret input with a button that shows and hides it. */
export function SecretField(props: SecretFieldProps): JSX.Element {
  const [isShown, setShown] = useState(false)
  const action = isShown ? 'Hide' : 'Show'
  return (
    <FieldFrame {...props}>
      <SecretInput isShown={isShown} field={props} />
      <button
        type="button"
        class="link reveal"
        aria-label={`${action} ${props.label.toLowerCase()}`}
        onClick={() => {
          setShown(!isShown)
        }}
      >
        {action}
      </button>
    </FieldFrame>
  )
}
