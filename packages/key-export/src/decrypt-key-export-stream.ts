/** Reading a key export file of any size. */
import type { Bytes } from '@roomkeys/crypto/bytes'
import type { Pbkdf2Options } from '@roomkeys/crypto/pbkdf2'
import { type ExportedSessionData, WireShapeError } from '@roomkeys/types'
import {
  createArraySplitter,
  type Element,
  MAX_ENTRY_DEPTH,
  MAX_ENTRY_LENGTH,
} from './array-splitter.ts'
import { type KeyExportEntry, type MalformedEntry, parseEntry, parseJson } from './content.ts'
import { assertRounds } from './decrypt-key-export.ts'
import { checkPayload, decryptChecked, type KeysOf } from './open-payload-stream.ts'
import { payloadPieces } from './payload-pieces.ts'
import { derivePayloadKeys } from './payload.ts'
import { type KeyExportSource, unwrapArmorStream } from './source.ts'

/** How a key export file is read. */
export interface DecryptKeyExportStreamOptions extends Pbkdf2Options {
  /** Which sessions to give; all by default. Entries that are none are always given. */
  readonly select?: (session: ExportedSessionData) => boolean
}

const LIMITS = {
  too_long: `at most ${MAX_ENTRY_LENGTH} bytes`,
  too_deep: `at most ${MAX_ENTRY_DEPTH} levels`,
} as const

function readElement(element: Element, position: number): KeyExportEntry | MalformedEntry {
  if (typeof element !== 'string') {
    const entry = parseEntry(parseJson(element), position)
    element.fill(0)
    return entry
  }
  const message = `expected ${LIMITS[element]}, received more`
  const issues = [{ path: '', message, received: 'object' }]
  return { position, error: new WireShapeError(`entry ${position}`, issues) }
}

/**
 * The entries of a JSON array of sessions that comes in pieces. The pieces are overwritten.
 *
 * @throws KeyExportError `malformed_content`
 */
export async function* parseContentStream(
  plaintext: AsyncIterable<Bytes>,
): AsyncGenerator<KeyExportEntry | MalformedEntry, void, void> {
  const splitter = createArraySplitter()
  let position = 0
  for await (const piece of plaintext) {
    const elements = splitter.push(piece)
    piece.fill(0)
    for (const element of elements) yield readElement(element, position++)
  }
  splitter.end()
}

/**
 * Reads a key export file of any size, in any of the framings that clients write, in bounded memory.
 *
 * The file is read twice: its MAC stands at its end, and nothing is given before the MAC is right.
 *
 * @param open - opens the file from its beginning; called once for each reading
 * @throws KeyExportError saying what is wrong, as `decryptKeyExport` does; `source_changed` when the
 * second reading finds other bytes; `malformed_content` may come after the entries before it
 * @throws the signal's reason when it is aborted
 */
export async function* decryptKeyExportStream(
  open: KeyExportSource,
  passphrase: string,
  options: DecryptKeyExportStreamOptions = {},
): AsyncGenerator<KeyExportEntry | MalformedEntry, void, void> {
  const { select = () => true, ...watch } = options
  const keysOf: KeysOf = async (header) => {
    assertRounds(header)
    return derivePayloadKeys(passphrase, header, watch)
  }
  const read = () => payloadPieces(unwrapArmorStream(open, watch.signal))
  const checked = await checkPayload(read(), keysOf)
  for await (const entry of parseContentStream(decryptChecked(read(), checked))) {
    watch.signal?.throwIfAborted()
    if ('error' in entry || select(entry.session)) yield entry
  }
}
