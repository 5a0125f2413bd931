/** Which way to sign in. */
import type { JSX } from 'preact'
import type { SignInMethod } from '../forms.ts'

const METHODS: readonly (readonly [SignInMethod, string])[] = [
  ['password', 'With a password'],
  ['token', 'With an access token'],
]

/** Props of {@link MethodChoice}. */
export interface MethodChoiceProps {
  readonly method: SignInMethod
  readonly onChange: (method: SignInMethod) => void
}

/** A choice of one. */
export function MethodChoice({ method, onChange }: MethodChoiceProps): JSX.Element {
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">How to sign in</legend>
      {METHODS.map(([value, label]) => (
        <label key={value}>
          <input
            type="radio"
            name="method"
            value={value}
            checked={method === value}
            onChange={() => {
              onChange(value)
            }}
          />
          {label}
        </label>
      ))}
    </fieldset>
  )
}
