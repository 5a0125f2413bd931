/** Session keys and messages that libolm made. */
import { readFileSync } from 'node:fs'

/** A session in the session-export format, from an index on. */
export interface ExportVector {
  readonly index: number
  readonly session_key: string
}

/** A message of a session. */
export interface MessageVector {
  readonly index: number
  readonly plaintext: string
  readonly ciphertext: string
}

/** A session: as its maker shared it, as it was exported at several indices, and its messages. */
export interface SessionVector {
  readonly session_id: string
  readonly session_key: string
  readonly exports: readonly ExportVector[]
  readonly messages: readonly MessageVector[]
}

interface Vectors {
  readonly sessions: readonly SessionVector[]
}

const file = new URL('../../../vectors/megolm.json', import.meta.url)

// A file of this repository: its README gives the shape, and a departure fails the test that reads it.
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors

/** Every session of the file. */
export const sessions: readonly SessionVector[] = vectors.sessions

/** Every exported key of the file, with the id of its session. */
export const exportedKeys: readonly (ExportVector & { readonly session_id: string })[] =
  sessions.flatMap(({ session_id, exports }) =>
    exports.map((exported) => ({ ...exported, session_id })),
  )

/** The first of a list that the file fills. */
export function first<T>(list: readonly T[]): T {
  const [head] = list
  if (head === undefined) throw new TypeError('The vectors are empty')
  return head
}
