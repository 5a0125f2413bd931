/** `roomkeys key generate`: a new key in its text form. */
import { encodeDecryptionKey, generateDecryptionKey } from '@roomkeys/backup'
import type { Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { deliver, destinationOf, tellDelivery } from '../io/deliver-secret.ts'

/** Makes a key. */
export const run: Run = async (context) => {
  const destination = destinationOf(context)
  const key = generateDecryptionKey()
  const delivery = await deliver(context, encodeDecryptionKey(key), destination)
  if (delivery === null) return EXIT.ok
  await tellDelivery(
    context,
    { public_key: key.publicKey, ...delivery },
    ({ output, public_key }) => `The key is in ${output ?? ''}. Its public key is ${public_key}.`,
  )
  return EXIT.ok
}
