/** The page without its screen: the state, and what changes it. */
import { type Actions, createActions } from './actions.ts'
import { readBackup } from './effects/sign-in.ts'
import { createRunner } from './runner.ts'
import { type DemoEvent, INITIAL_STATE, type State } from './state.ts'
import { transition } from './transition.ts'

/** A running page. */
export interface Store {
  readonly state: () => State
  readonly actions: Actions
}

/**
 * Makes a page at its beginning.
 *
 * @param onChange - told of every new state
 */
export function createStore(onChange: (state: State) => void): Store {
  let state = INITIAL_STATE
  const dispatch = (event: DemoEvent): void => {
    const before = state
    state = transition(before, event)
    if (state === before) return
    onChange(state)
    if (state.step === 'reading-backup') runner.run('read-backup', readBackup(state.account))
  }
  const runner = createRunner(dispatch)
  const current = (): State => state
  return { state: current, actions: createActions({ state: current, dispatch, runner }) }
}
