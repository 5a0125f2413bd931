/** Key export files with any content and few rounds, which the writing function refuses. */
import { type Bytes, utf8 } from '@roomkeys/crypto/bytes'
import { wrapArmor } from '../src/armor.ts'
import { derivePayloadKeys, type PayloadHeader, sealPayload } from '../src/payload.ts'

/** The passphrase of every sealed file. */
export const PASSPHRASE = 'a passphrase'

/** A header with few rounds, so that deriving takes no time. */
export const CHEAP_HEADER: PayloadHeader = {
  salt: new Uint8Array(16).fill(0x5a),
  iv: new Uint8Array(16).fill(0x21),
  rounds: 10,
}

/** Seals bytes into a payload. */
export async function sealedPayload(
  plaintext: Uint8Array,
  header: PayloadHeader = CHEAP_HEADER,
): Promise<Bytes> {
  return sealPayload(plaintext, header, await derivePayloadKeys(PASSPHRASE, header))
}

/** A file that holds these bytes. */
export async function sealedBytes(plaintext: Uint8Array): Promise<string> {
  return wrapArmor(await sealedPayload(plaintext))
}

/** A file that holds this text. */
export async function sealedText(plaintext: string): Promise<string> {
  return sealedBytes(utf8(plaintext))
}

/** A file that holds the JSON of this value. */
export async function sealedJson(value: unknown): Promise<string> {
  return sealedText(JSON.stringify(value))
}
