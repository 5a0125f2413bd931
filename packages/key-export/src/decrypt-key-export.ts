/** Reading a key export file. */
import type { Bytes } from '@roomkeys/crypto/bytes'
import { MAX_PBKDF2_ROUNDS, type Pbkdf2Options } from '@roomkeys/crypto/pbkdf2'
import { unwrapArmor } from './armor.ts'
import { type KeyExport, parseContent } from './content.ts'
import { KeyExportError } from './errors.ts'
import { derivePayloadKeys, openPayload, type Payload, parsePayload } from './payload.ts'

async function decrypt(
  payload: Payload,
  passphrase: string,
  options: Pbkdf2Options,
): Promise<Bytes> {
  if (payload.rounds < 1 || payload.rounds > MAX_PBKDF2_ROUNDS)
    throw new KeyExportError(
      'rounds_out_of_range',
      `The file asks for ${payload.rounds} rounds, where 1 to ${MAX_PBKDF2_ROUNDS} are allowed`,
    )
  return openPayload(payload, await derivePayloadKeys(passphrase, payload, options))
}

/**
 * Reads a key export file, in any of the framings that clients write.
 *
 * @param file - the text of the file
 * @throws KeyExportError saying what is wrong: no key export, cut off, damaged, wrong passphrase
 * @throws the signal's reason when it is aborted
 */
export async function decryptKeyExport(
  file: string,
  passphrase: string,
  options: Pbkdf2Options = {},
): Promise<KeyExport> {
  const plaintext = await decrypt(parsePayload(unwrapArmor(file)), passphrase, options)
  const content = parseContent(plaintext)
  plaintext.fill(0)
  return content
}
