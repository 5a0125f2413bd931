/** An input for text that anybody may see. */
import type { JSX } from 'preact'
import { FieldFrame, type FieldProps, tiesOf } from './field.tsx'

/** Props of {@link TextField}. */
export interface TextFieldProps extends FieldProps {
  readonly autocomplete: 'url' | 'username'
  readonly defaultValue?: string
}

/** A text input. */
export function TextField(props: TextFieldProps): JSX.Element {
  const { autocomplete, defaultValue } = props
  return (
    <FieldFrame {...props}>
      <input
        {...tiesOf(props)}
        type="text"
        inputMode={autocomplete === 'url' ? 'url' : 'text'}
        autocomplete={autocomplete}
        autoCapitalize="none"
        spellcheck={false}
        required
        defaultValue={defaultValue ?? ''}
      />
    </FieldFrame>
  )
}
