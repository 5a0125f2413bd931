/** Writing a key export file of any size. */
import { type Bytes, utf8 } from '@roomkeys/crypto/bytes'
import type { ExportedSessionData } from '@roomkeys/types'
import { ARMOR_BEGIN, ARMOR_END, armorLines } from './armor.ts'
import { cut } from './cut.ts'
import {
  checkedSession,
  type EncryptKeyExportOptions,
  newHeader,
  noSessions,
} from './encrypt-key-export.ts'
import { PIECE_LENGTH } from './payload-pieces.ts'
import { derivePayloadKeys } from './payload.ts'
import { sealPayloadStream } from './seal-payload-stream.ts'

/** Sessions one after another. */
export type Sessions = AsyncIterable<ExportedSessionData> | Iterable<ExportedSessionData>

/**
 * The JSON array of sessions, in pieces.
 *
 * @throws KeyExportError `no_sessions`
 * @throws WireShapeError when a session lacks a field
 */
export async function* serialiseSessions(
  sessions: Sessions,
  signal?: AbortSignal,
): AsyncGenerator<Bytes, void, void> {
  let position = 0
  for await (const session of sessions) {
    signal?.throwIfAborted()
    yield utf8((position === 0 ? '[' : ',') + JSON.stringify(checkedSession(session, position)))
    position += 1
  }
  if (position === 0) throw noSessions()
  yield utf8(']')
}

/** Wraps a payload that comes in pieces. Together the texts are what `wrapArmor` gives. */
export async function* wrapArmorStream(
  payload: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, void> {
  yield ARMOR_BEGIN
  for await (const piece of cut(payload, { first: PIECE_LENGTH, then: PIECE_LENGTH }))
    yield armorLines(piece)
  yield ARMOR_END
}

/** The pieces after one that has been taken, and that one before them. */
async function* resume(
  first: IteratorResult<Bytes, void>,
  rest: AsyncIterable<Bytes>,
): AsyncGenerator<Bytes, void, void> {
  if (first.done !== true) yield first.value
  yield* rest
}

/**
 * Writes a key export file of any size, in bounded memory.
 *
 * When the sessions fail in the middle, what was given until then lacks its end: every reader refuses
 * it.
 *
 * @returns the text of the file in pieces
 * @throws KeyExportError `no_sessions`
 * @throws WireShapeError when a session lacks a field
 * @throws TypeError for an empty passphrase or too few rounds
 * @throws the signal's reason when it is aborted
 */
export async function* encryptKeyExportStream(
  sessions: Sessions,
  passphrase: string,
  options: EncryptKeyExportOptions = {},
): AsyncGenerator<string, void, void> {
  const { header, watch } = newHeader(passphrase, options)
  const json = serialiseSessions(sessions, watch.signal)
  try {
    // Without a session nothing is derived and nothing written.
    const first = await json.next()
    const keys = await derivePayloadKeys(passphrase, header, watch)
    const payload = sealPayloadStream(resume(first, json), header, keys)
    for await (const text of wrapArmorStream(payload)) {
      watch.signal?.throwIfAborted()
      yield text
    }
  } finally {
    await json.return()
  }
}
