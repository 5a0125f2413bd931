/** A labelled input with its hint and its error. */
import type { ComponentChildren, JSX } from 'preact'
import type { Field as FieldName, Notice } from '../notice.ts'

/** What an input gets from its field. */
export interface FieldProps {
  readonly name: FieldName
  readonly label: string
  readonly hint?: string
  readonly notice: Notice | null
}

/** What ties an input to its label, hint and error. */
export interface InputTies {
  readonly id: string
  readonly name: string
  readonly 'aria-invalid'?: true
  readonly 'aria-describedby'?: string
}

/** What ties an input to its label, hint and error. */
export function tiesOf({ name, hint, notice }: FieldProps): InputTies {
  const isInvalid = notice?.place === name
  const described = [
    ...(isInvalid ? [`${name}-error`] : []),
    ...(hint === undefined ? [] : [`${name}-hint`]),
  ].join(' ')
  return {
    id: name,
    name,
    ...(isInvalid ? { 'aria-invalid': true } : {}),
    ...(described === '' ? {} : { 'aria-describedby': described }),
  }
}

/** The label, the hint and the error around an input. */
export function FieldFrame(
  props: FieldProps & { readonly children: ComponentChildren },
): JSX.Element {
  const { name, label, hint, notice, children } = props
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {children}
      {notice?.place === name && (
        <p id={`${name}-error`} class="field-error">
          {notice.text}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${name}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  )
}
