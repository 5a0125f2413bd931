/** A form that is handled on the page and never sent. */
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** Props of {@link Form}. */
export interface FormProps {
  readonly label: string
  readonly submit: string
  /** While something is under way the form cannot be sent again; what was typed stays. */
  readonly isBusy: boolean
  /** Once it has served its purpose, what was typed goes. */
  readonly isDone?: boolean
  readonly onSubmit: (form: FormData) => void
  readonly children: ComponentChildren
}

/** A form with one button. */
export function Form(props: FormProps): JSX.Element {
  const { label, submit, isBusy, isDone = false, onSubmit, children } = props
  const element = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (isDone) element.current?.reset()
  }, [isDone])
  return (
    <form
      ref={element}
      noValidate
      autocomplete="off"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy) onSubmit(new FormData(event.currentTarget))
      }}
    >
      {children}
      <button type="submit" aria-disabled={isBusy}>
        {submit}
      </button>
    </form>
  )
}
