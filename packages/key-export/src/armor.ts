/**
 * The text around a key export: two marker lines, and base64 between them.
 *
 * Clients differ in line length, line ends, padding and the final newline; some insist on their own
 * way. All of them are read, and the one that every client reads is written.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#key-export-format
 */
import { decodeBase64, encodePaddedBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError } from '@roomkeys/crypto/bytes'
import { KeyExportError } from './errors.ts'

const HEADER = '-----BEGIN MEGOLM SESSION DATA-----'
const FOOTER = '-----END MEGOLM SESSION DATA-----'
const LINE = /.{1,76}/g

/**
 * The payload between the markers.
 *
 * @throws KeyExportError `no_header`, `no_footer` or `bad_base64`
 */
export function unwrapArmor(file: string): Bytes {
  const text = file.trim()
  if (!text.startsWith(HEADER))
    throw new KeyExportError('no_header', `A key export file begins with ${HEADER}`)
  if (!text.endsWith(FOOTER))
    throw new KeyExportError('no_footer', `The file does not end with ${FOOTER}: it may be cut off`)
  try {
    return decodeBase64(text.slice(HEADER.length, -FOOTER.length).replace(/\s+/g, ''))
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new KeyExportError('bad_base64', `The file is damaged: ${cause.message}`, { cause })
  }
}

/** Wraps a payload: padded base64 in lines of 76, and a final newline. */
export function wrapArmor(payload: Uint8Array): string {
  const lines = encodePaddedBase64(payload).match(LINE) ?? []
  return [HEADER, ...lines, FOOTER, ''].join('\n')
}
