/**
 * The text around a key export: two marker lines, and base64 between them.
 *
 * Clients differ in line length, line ends, padding and the final newline; some insist on their own
 * way. All of them are read, and the one that every client reads is written.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#key-export-format
 */
import { encodePaddedBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, concatBytes } from '@roomkeys/crypto/bytes'
import { createArmorReader, FOOTER, HEADER } from './armor-reader.ts'

/** Bytes in a line of 76 characters. */
export const LINE_BYTES = 57
const LINE = /.{1,76}/g

/**
 * The payload between the markers.
 *
 * @throws KeyExportError `no_header`, `no_footer` or `bad_base64`
 */
export function unwrapArmor(file: string): Bytes {
  const reader = createArmorReader()
  return concatBytes(reader.push(file), reader.end())
}

/** The first line of a file. */
export const ARMOR_BEGIN: string = HEADER + '\n'
/** The last line of a file. */
export const ARMOR_END: string = FOOTER + '\n'

/** Padded base64 in lines; more may follow where the bytes fill all of them. */
export function armorLines(bytes: Uint8Array): string {
  return encodePaddedBase64(bytes).replace(LINE, '$&\n')
}

/** Wraps a payload: padded base64 in lines of 76, and a final newline. */
export function wrapArmor(payload: Uint8Array): string {
  return ARMOR_BEGIN + armorLines(payload) + ARMOR_END
}
