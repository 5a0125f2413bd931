/** `roomkeys login`: signing in, and keeping the access token. */
import { createHomeserver, type Homeserver } from '@roomkeys/transport'
import { getLoginFlows, loginWithPassword } from '@roomkeys/transport/account'
import { checkedToken, findAddress, findCredentials } from '../account/account.ts'
import { type Credentials, readSavedCredentials, saveCredentials } from '../account/credentials.ts'
import type { CommandContext, Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { readSecret, type SecretSource } from '../io/secrets.ts'

const PASSWORD: SecretSource = {
  name: 'password',
  option: 'passwordFile',
  env: 'MATRIX_PASSWORD',
}

const DEVICE_NAME = 'roomkeys'

async function assertSignedOut({ io }: CommandContext): Promise<void> {
  const saved = await readSavedCredentials(io)
  if (saved === null) return
  throw new CliError('usage', `You are signed in as ${saved.userId}.`, {
    hint: 'Run roomkeys logout first.',
  })
}

async function assertTakesPasswords(homeserver: Homeserver, signal: AbortSignal): Promise<void> {
  const { flows } = await getLoginFlows(homeserver, { signal })
  if (flows.some(({ type }) => type === 'm.login.password')) return
  throw new CliError('sign_in', 'This homeserver takes no passwords here.', {
    hint: 'Sign in with another client, and give its access token: --access-token-file FILE.',
  })
}

function userOf({ args, options }: CommandContext): string {
  const user = args[0] ?? options.text('user')
  if (user !== null) return user
  throw new CliError('usage', 'Who signs in?', { hint: 'roomkeys login @alice:example.org' })
}

async function withPassword(context: CommandContext): Promise<Credentials> {
  const { options, signal } = context
  const user = userOf(context)
  const baseUrl = await findAddress(context, user)
  if (baseUrl === null) throw new CliError('usage', 'The homeserver is not known.')
  const homeserver = createHomeserver({ baseUrl })
  await assertTakesPasswords(homeserver, signal)
  const password = await readSecret(context, PASSWORD)
  const initialDeviceDisplayName = options.text('deviceName') ?? DEVICE_NAME
  const answer = await loginWithPassword(
    homeserver,
    { user, password, initialDeviceDisplayName },
    { signal },
  )
  return {
    homeserver: baseUrl,
    userId: answer.user_id,
    deviceId: answer.device_id,
    accessToken: checkedToken(answer.access_token),
  }
}

/** A token that the person has, checked by asking whose it is. */
function hasToken({ options }: CommandContext): boolean {
  return options.text('accessTokenFile') !== null || options.text('credentials') !== null
}

async function obtain(context: CommandContext): Promise<Credentials> {
  const given = hasToken(context) ? await findCredentials(context) : null
  return given ?? withPassword(context)
}

/** Signs in and saves. */
export const run: Run = async (context) => {
  await assertSignedOut(context)
  const credentials = await obtain(context)
  context.signal.throwIfAborted()
  const path = await saveCredentials(context.io, credentials)
  const { userId: user_id, deviceId: device_id, homeserver } = credentials
  await context.output.result(
    { user_id, device_id, homeserver, credentials_file: path },
    () =>
      `Signed in as ${user_id} at ${homeserver}.\nThe access token is in ${path}; roomkeys logout removes it.`,
  )
  return EXIT.ok
}
