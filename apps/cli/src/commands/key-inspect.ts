/** `roomkeys key inspect`: which key it is. */
import { signedIn } from '../account/account.ts'
import { decodeKeyForm } from '../account/key-forms.ts'
import { identify, identityText, type KeyIdentity } from '../account/identify.ts'
import type { Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { readSecret, RECOVERY_KEY } from '../io/secrets.ts'

function textOf(publicKey: string, identity: KeyIdentity | null): string {
  const form = 'The text form is right.'
  const told = identity === null ? 'What it opens was not looked at.' : identityText(identity)
  return `${form}\nPublic key, if it is a backup key: ${publicKey}\n${told}`
}

/** Inspects a key. Ends with 4 when it is of no use for the account. */
export const run: Run = async (context) => {
  const { options, output, signal } = context
  const key = decodeKeyForm(await readSecret(context, RECOVERY_KEY))
  const identity = options.flag('offline')
    ? null
    : await identify(await signedIn(context), key, signal)
  await output.result({ public_key: key.publicKey, identity }, () =>
    textOf(key.publicKey, identity),
  )
  return identity?.kind === 'neither' ? EXIT.wrongKey : EXIT.ok
}
