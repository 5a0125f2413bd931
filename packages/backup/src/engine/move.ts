/** What an event does to a state. */
import type { Notice } from './notices.ts'
import type { State } from './state.ts'

/** What becomes of a state. */
export type Move =
  /** Nothing changes; what runs goes on. */
  | { readonly kind: 'stay' }
  /** The state knows more; what runs goes on. */
  | { readonly kind: 'note'; readonly state: State }
  /** What runs is ended if it is not over, and what runs in the next state begins. */
  | { readonly kind: 'go'; readonly state: State; readonly notices: readonly Notice[] }

/** Nothing changes. */
export const STAY: Move = { kind: 'stay' }

/** Goes on in another state. */
export function go(state: State, ...notices: readonly Notice[]): Move {
  return { kind: 'go', state, notices }
}
