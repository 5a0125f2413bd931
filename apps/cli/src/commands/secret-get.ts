/** `roomkeys secret get NAME`: a secret, opened, where the person says. */
import { readSecret } from '@roomkeys/secret-storage'
import { signedIn } from '../account/account.ts'
import { readGiven, unlockStorage } from '../account/given-key.ts'
import { secretName } from '../account/secret-name.ts'
import type { Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { deliver, destinationOf, tellDelivery } from '../io/deliver-secret.ts'

/** Opens a secret. */
export const run: Run = async (context) => {
  const { signal } = context
  const name = secretName(context.args[0])
  const destination = destinationOf(context)
  const account = await signedIn(context)
  const key = await unlockStorage(account, await readGiven(context), signal)
  const value = await readSecret(account.accountData, { name, key }, { signal })
  if (value === null)
    throw new CliError('not_found', `Nothing is stored as ${name} for the default key.`, {
      hint: 'roomkeys secret list shows what is.',
    })
  const delivery = await deliver(context, value, destination)
  if (delivery !== null)
    await tellDelivery(
      context,
      { name, key_id: key.keyId, ...delivery },
      (told) => `${name} is in ${told.output ?? ''}.`,
    )
  return EXIT.ok
}
