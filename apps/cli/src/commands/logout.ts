/** `roomkeys logout`: the homeserver forgets the access token, and so do we. */
import { isTransportError } from '@roomkeys/transport'
import { logout } from '@roomkeys/transport/account'
import { accountOf } from '../account/account.ts'
import {
  type Credentials,
  forgetCredentials,
  readSavedCredentials,
} from '../account/credentials.ts'
import type { CommandContext, Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'

/** Whether the homeserver has forgotten the token; one that is unknown there is forgotten already. */
async function forgottenThere(
  credentials: Credentials,
  { signal }: CommandContext,
): Promise<boolean> {
  try {
    await logout(accountOf(credentials).homeserver, { signal })
    return true
  } catch (error) {
    if (!isTransportError(error)) throw error
    return error.code === 'unauthorized'
  }
}

/** Signs out. The saved token goes even when the homeserver cannot be told. */
export const run: Run = async (context) => {
  const { io, output } = context
  const saved = await readSavedCredentials(io)
  if (saved === null) throw new CliError('sign_in', 'You are not signed in.')
  const isForgotten = await forgottenThere(saved, context)
  await forgetCredentials(io)
  await output.result(
    { user_id: saved.userId, server_told: isForgotten },
    ({ user_id }) => `Signed out ${user_id}.`,
  )
  if (isForgotten) return EXIT.ok
  output.warn(
    `The homeserver could not be told: there, the access token is still good. Remove the device ${saved.deviceId ?? ''} with another client.`,
  )
  return EXIT.partial
}
