/**
 * Reads the text around a key export piece by piece, wherever the pieces are cut.
 *
 * What is wrong is said once the end is known, so that the answer does not depend on the cuts: a file
 * that lacks its last line is cut off, whatever stands before.
 */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, concatBytes, CryptoError } from '@roomkeys/crypto/bytes'
import { KeyExportError } from './errors.ts'

/** Begins a file. */
export const HEADER = '-----BEGIN MEGOLM SESSION DATA-----'
/** Ends a file. */
export const FOOTER = '-----END MEGOLM SESSION DATA-----'

/** Takes the text of a file in pieces, and gives the bytes of its payload. */
export interface ArmorReader {
  /**
   * The bytes that this piece completes.
   *
   * @throws KeyExportError `no_header`
   */
  readonly push: (text: string) => Bytes
  /**
   * The last bytes.
   *
   * @throws KeyExportError `no_header`, `no_footer` or `bad_base64`
   */
  readonly end: () => Bytes
}

const NOTHING: Bytes = new Uint8Array()

/** No line end and no run of white space is part of the footer, so two characters stand for any run. */
const KEPT_SPACE = 2
const KEPT = FOOTER.length + KEPT_SPACE

function withoutLongTail(text: string): string {
  return text.slice(0, text.trimEnd().length + KEPT_SPACE)
}

/** Decodes base64 in pieces; `end` decodes the last group, the only one that may be padded or short. */
function createBase64Reader(): ArmorReader {
  let pending = ''
  const decode = (text: string): Bytes => {
    try {
      return decodeBase64(text)
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause
      throw new KeyExportError('bad_base64', 'The file is damaged: it is not all base64', { cause })
    }
  }
  const push = (text: string): Bytes => {
    const all = pending + text.replace(/\s+/g, '')
    const whole = Math.max(0, Math.floor((all.length - 1) / 4) * 4)
    pending = all.slice(whole)
    // Padding before the end would pass where a piece happens to end with it.
    const padding = all.indexOf('=')
    return decode(padding >= 0 && padding < whole ? '=' : all.slice(0, whole))
  }
  return { push, end: () => decode(pending) }
}

/** Runs until the first {@link KeyExportError}, which it keeps. */
function createFaultKeeper(): {
  readonly run: (step: () => Bytes) => Bytes
  readonly rethrow: () => void
} {
  let fault: KeyExportError | null = null
  const run = (step: () => Bytes): Bytes => {
    if (fault !== null) return NOTHING
    try {
      return step()
    } catch (error) {
      if (!(error instanceof KeyExportError)) throw error
      fault = error
      return NOTHING
    }
  }
  const rethrow = (): void => {
    if (fault !== null) throw fault
  }
  return { run, rethrow }
}

function noHeader(): KeyExportError {
  return new KeyExportError('no_header', `A key export file begins with ${HEADER}`)
}

/** Takes the header off text that comes in pieces; `null` until it is complete. */
function createHeaderReader(): (text: string) => string | null {
  let begin = ''
  let complete = false
  return (text) => {
    if (complete) return text
    begin = (begin + text).trimStart()
    if (begin.startsWith(HEADER)) {
      complete = true
      return begin.slice(HEADER.length)
    }
    if (!HEADER.startsWith(begin)) throw noHeader()
    return null
  }
}

/** Begins to read a file. */
export function createArmorReader(): ArmorReader {
  const afterHeader = createHeaderReader()
  const base64 = createBase64Reader()
  const keeper = createFaultKeeper()
  let held: string | null = null

  const push = (text: string): Bytes => {
    const body = afterHeader(text)
    if (body === null) return NOTHING
    const all = withoutLongTail((held ?? '') + body)
    held = all.slice(-KEPT)
    return keeper.run(() => base64.push(all.slice(0, -KEPT)))
  }

  const end = (): Bytes => {
    if (held === null) throw noHeader()
    const last = held.trimEnd()
    if (!last.endsWith(FOOTER))
      throw new KeyExportError(
        'no_footer',
        `The file does not end with ${FOOTER}: it may be cut off`,
      )
    const begin = keeper.run(() => base64.push(last.slice(0, -FOOTER.length)))
    const rest = keeper.run(base64.end)
    keeper.rethrow()
    return concatBytes(begin, rest)
  }

  return { push, end }
}
