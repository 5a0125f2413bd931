/** Signing in, and reading what there is to restore. */
import { createHomeserver } from '@roomkeys/transport'
import { loginWithPassword, whoAmI } from '@roomkeys/transport/account'
import { type Account, createAccount } from '../account.ts'
import type { SignIn } from '../forms.ts'
import type { Effect } from '../task.ts'

/** How the session is listed in the account's other clients. */
const DEVICE_NAME = 'roomkeys demo'

async function openSession(form: SignIn, signal: AbortSignal): Promise<Account> {
  const { baseUrl } = form
  if (form.method === 'token') {
    const { accessToken } = form
    const { user_id: userId } = await whoAmI(createHomeserver({ baseUrl, accessToken }), { signal })
    return createAccount({ baseUrl, accessToken, userId, session: 'borrowed' })
  }
  const args = {
    user: form.user,
    password: form.password,
    initialDeviceDisplayName: DEVICE_NAME,
  }
  const answer = await loginWithPassword(createHomeserver({ baseUrl }), args, { signal })
  const { user_id: userId, access_token: accessToken } = answer
  return createAccount({ baseUrl, accessToken, userId, session: 'own' })
}

/** Reads the current backup version. */
export function readBackup({ client }: Account): Effect {
  return async ({ signal, dispatch }) => {
    dispatch({ type: 'backup-read', backup: await client.currentVersion({ signal }) })
  }
}

/** Signs in. */
export function signIn(form: SignIn): Effect {
  return async ({ signal, dispatch }) => {
    dispatch({ type: 'signed-in', account: await openSession(form, signal) })
  }
}
