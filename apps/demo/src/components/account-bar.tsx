/** Who is signed in, and the way out. */
import type { JSX } from 'preact'
import type { State } from '../state.ts'

/** Props of {@link AccountBar}. */
export interface AccountBarProps {
  readonly state: State
  readonly onSignOut: () => void
}

/** The account and the sign-out button; nothing while nobody is signed in. */
export function AccountBar({ state, onSignOut }: AccountBarProps): JSX.Element | null {
  if (!('account' in state)) return null
  const { userId, homeserver, session } = state.account
  return (
    <section class="account" aria-label="Account">
      <p>
        <bdi class="who">{userId}</bdi>
        <bdi class="where">{homeserver.baseUrl}</bdi>
        {session === 'borrowed' && <span class="where">The pasted token stays valid.</span>}
      </p>
      <button type="button" class="quiet" onClick={onSignOut}>
        Sign out
      </button>
    </section>
  )
}
