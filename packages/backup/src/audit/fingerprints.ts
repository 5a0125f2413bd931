/**
 * Texts that were seen, in little memory: 8 bytes of a keyed hash for each, in many small tables. Each
 * grows by itself, so that there is never much more than what is held.
 *
 * Of two million texts, two different ones are taken for one with a chance of one in ten million;
 * whoever chooses the texts does not know the key.
 */
import { randomBytes, utf8 } from '@roomkeys/crypto/bytes'
import { hmacSha256 } from '@roomkeys/crypto/hmac'

/** Texts that are remembered; 32 MiB at most. */
export const MAX_REMEMBERED = 2_097_152

/** A power of two: some bits of a hash say which table it is in. */
const TABLES = 64
const FIRST_SLOTS = 16
const GROWTH = 1.5
/** How full a table may be: more, and a search becomes long. */
const MAX_LOAD = 0.8

/** What is known of a text. `not_remembered`: it is new, and there is no place left for it. */
export type Sighting = 'new' | 'seen' | 'not_remembered'

/** Texts that were seen. */
export interface Fingerprints {
  readonly see: (text: string) => Sighting
}

/** A hash in two halves; 0, 0 is an empty slot. */
type Fingerprint = readonly [high: number, low: number]

/** The slot of a fingerprint, or the empty one where it belongs. */
function slotOf(table: Uint32Array, [high, low]: Fingerprint): number {
  const slots = table.length / 2
  let slot = low % slots
  const isOther = (): boolean =>
    (table[2 * slot] !== high || table[2 * slot + 1] !== low) &&
    (table[2 * slot] !== 0 || table[2 * slot + 1] !== 0)
  while (isOther()) slot = (slot + 1) % slots
  return slot
}

function isFree(table: Uint32Array, slot: number): boolean {
  return table[2 * slot] === 0 && table[2 * slot + 1] === 0
}

function grown(table: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * Math.ceil((table.length / 2) * GROWTH))
  for (let from = 0; from < table.length; from += 2)
    if (!isFree(table, from / 2)) {
      const fingerprint = [table[from] ?? 0, table[from + 1] ?? 0] as const
      larger.set(fingerprint, 2 * slotOf(larger, fingerprint))
    }
  return larger
}

/** A set of fingerprints; tells whether it is new, and takes it only where there is a place. */
function createTable(): (fingerprint: Fingerprint, isPlace: boolean) => boolean {
  let table = new Uint32Array(2 * FIRST_SLOTS)
  let count = 0
  return (fingerprint, isPlace) => {
    const slot = slotOf(table, fingerprint)
    const isNew = isFree(table, slot)
    if (!isNew || !isPlace) return isNew
    table.set(fingerprint, 2 * slot)
    count += 1
    if (2 * count > MAX_LOAD * table.length) table = grown(table)
    return true
  }
}

/** Remembers nothing yet. */
export function createFingerprints(limit: number = MAX_REMEMBERED): Fingerprints {
  const key = randomBytes(32)
  const tables = Array.from({ length: TABLES }, createTable)
  let count = 0

  function fingerprintOf(text: string): Fingerprint {
    const hash = hmacSha256(key, utf8(text))
    const view = new DataView(hash.buffer, hash.byteOffset)
    const high = view.getUint32(0)
    const low = view.getUint32(4)
    return high === 0 && low === 0 ? [0, 1] : [high, low]
  }

  return {
    see: (text) => {
      const fingerprint = fingerprintOf(text)
      const isPlace = count < limit
      const isNew = tables[fingerprint[0] % TABLES]?.(fingerprint, isPlace) ?? true
      if (!isNew) return 'seen'
      if (!isPlace) return 'not_remembered'
      count += 1
      return 'new'
    },
  }
}
