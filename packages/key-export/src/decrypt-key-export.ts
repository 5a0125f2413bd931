/** Reading a key export file. */
import { MAX_PBKDF2_ROUNDS, type Pbkdf2Options } from '@roomkeys/crypto/pbkdf2'
import { unwrapArmor } from './armor.ts'
import { type KeyExport, parseContent } from './content.ts'
import { KeyExportError } from './errors.ts'
import { derivePayloadKeys, openPayload, parsePayload, type PayloadHeader } from './payload.ts'

/**
 * Checks the rounds that a file asks for; nothing has been derived then.
 *
 * @throws KeyExportError `rounds_out_of_range`
 */
export function assertRounds({ rounds }: PayloadHeader): void {
  if (rounds < 1 || rounds > MAX_PBKDF2_ROUNDS)
    throw new KeyExportError(
      'rounds_out_of_range',
      `The file asks for ${rounds} rounds, where 1 to ${MAX_PBKDF2_ROUNDS} are allowed`,
    )
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
  const payload = parsePayload(unwrapArmor(file))
  assertRounds(payload)
  const plaintext = openPayload(payload, await derivePayloadKeys(passphrase, payload, options))
  const content = parseContent(plaintext)
  plaintext.fill(0)
  return content
}
