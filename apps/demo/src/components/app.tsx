/** The whole page. */
import type { JSX } from 'preact'
import type { Actions } from '../actions.ts'
import { activityOf } from '../screen.ts'
import type { State } from '../state.ts'
import { AccountBar } from './account-bar.tsx'
import { Announcer } from './announcer.tsx'
import { Stages } from './stages.tsx'
import { StepView } from './step-view.tsx'
import { useFocus } from './use-focus.ts'

/** What every screen gets. */
export interface ScreenProps {
  readonly state: State
  readonly actions: Actions
}

/** The whole page. */
export function App({ state, actions }: ScreenProps): JSX.Element {
  useFocus(state)
  return (
    <>
      <header class="masthead">
        <img src="/icon.svg" alt="" width="40" height="40" />
        <div>
          <h1>Restore your room keys</h1>
          <p>From your Matrix key backup into a file that any client imports.</p>
        </div>
      </header>
      <Stages state={state} />
      <AccountBar state={state} onSignOut={actions.signOut} />
      <main class="card">
        <StepView state={state} actions={actions} />
      </main>
      <Announcer text={activityOf(state) ?? ''} />
      <footer>
        Everything happens in this browser. Nothing is stored: closing the page forgets it all.
      </footer>
    </>
  )
}
