/**
 * The bytes that signatures and MACs of a JSON object cover.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#signing-json
 */
import type { Bytes } from './bytes.ts'
import { canonicalJsonBytes } from './canonical-json.ts'

/** A JSON object, raw. */
export type RawObject = Readonly<Record<string, unknown>>

/**
 * The canonical JSON of an object but for `signatures` and `unsigned`.
 *
 * @throws CryptoError `not_canonical_json`
 */
export function signableBytes(object: RawObject): Bytes {
  const covered = Object.entries(object).filter(
    ([key]) => key !== 'signatures' && key !== 'unsigned',
  )
  return canonicalJsonBytes(Object.fromEntries(covered))
}
