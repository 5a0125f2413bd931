/**
 * Texts that were seen, in little memory: 8 bytes of a keyed hash for each, of which 2 say in which
 * bucket the other 6 are. A bucket is a chain of small pages: nothing is copied as it grows, and nothing
 * is left over.
 *
 * Of two million texts, two different ones are taken for one with a chance of one in ten million;
 * whoever chooses the texts does not know the key.
 */
import { randomBytes, utf8 } from '@roomkeys/crypto/bytes'
import { hmacSha256 } from '@roomkeys/crypto/hmac'

/** Texts that are remembered; 20 MiB at most. */
export const MAX_REMEMBERED = 2_097_152

const BUCKETS = 65_536
/** Numbers of 16 bits that a bucket has of a text. */
const PARTS = 3
/** Of eight texts, and after them in two parts the number of the next page. */
const PAGE_LENGTH = 8 * PARTS + 2
/** Pages that are made at once. */
const BLOCK_PAGES = 4_096
/** The number of no page: those that there are begin at 1. */
const NO_PAGE = 0

/** What is known of a text. `not_remembered`: it is new, and there is no place left for it. */
export type Sighting = 'new' | 'seen' | 'not_remembered'

/** Texts that were seen. */
export interface Fingerprints {
  readonly see: (text: string) => Sighting
}

/** What is known of a text; a place with zeros is empty. */
interface Fingerprint {
  readonly bucket: number
  readonly a: number
  readonly b: number
  readonly c: number
}

/** A place in a block of pages. */
interface Place {
  readonly block: Uint16Array
  readonly at: number
}

function isAt(block: Uint16Array, at: number, { a, b, c }: Omit<Fingerprint, 'bucket'>): boolean {
  return block[at] === a && block[at + 1] === b && block[at + 2] === c
}

function partOf(hash: Uint8Array, at: number): number {
  return (hash[at] ?? 0) * 256 + (hash[at + 1] ?? 0)
}

const EMPTY = { a: 0, b: 0, c: 0 }

/** Pages by their numbers. */
function createPages() {
  const blocks: Uint16Array[] = []
  let count = 0
  const placeOf = (page: number): Place => {
    const block = blocks[Math.floor((page - 1) / BLOCK_PAGES)]
    if (block === undefined) throw new TypeError('There is no page of this number')
    return { block, at: ((page - 1) % BLOCK_PAGES) * PAGE_LENGTH }
  }
  const next = ({ block, at }: Place): number =>
    (block[at + PAGE_LENGTH - 2] ?? 0) * BUCKETS + (block[at + PAGE_LENGTH - 1] ?? 0)
  const add = (before: number): number => {
    if (count === blocks.length * BLOCK_PAGES)
      blocks.push(new Uint16Array(BLOCK_PAGES * PAGE_LENGTH))
    count += 1
    const { block, at } = placeOf(count)
    block.set([Math.floor(before / BUCKETS), before % BUCKETS], at + PAGE_LENGTH - 2)
    return count
  }
  return { add, placeOf, next }
}

/** Whether a page has a fingerprint; if not, its first empty place, or `null` when it is full. */
function search({ block, at: from }: Place, fingerprint: Fingerprint): 'seen' | Place | null {
  for (let at = from; at < from + PAGE_LENGTH - 2; at += PARTS) {
    if (isAt(block, at, fingerprint)) return 'seen'
    if (isAt(block, at, EMPTY)) return { block, at }
  }
  return null
}

/** A set of fingerprints; tells whether one is new, and takes it only where there is room. */
function createBuckets(): (fingerprint: Fingerprint, isRoom: boolean) => boolean {
  const first = new Uint32Array(BUCKETS)
  const pages = createPages()

  function find(fingerprint: Fingerprint): 'seen' | Place | null {
    let empty: Place | null = null
    for (let page = first[fingerprint.bucket] ?? NO_PAGE; page !== NO_PAGE;) {
      const place = pages.placeOf(page)
      const found = search(place, fingerprint)
      if (found === 'seen') return found
      empty ??= found
      page = pages.next(place)
    }
    return empty
  }

  return (fingerprint, isRoom) => {
    const { bucket, a, b, c } = fingerprint
    const found = find(fingerprint)
    if (found === 'seen' || !isRoom) return found !== 'seen'
    const page = found === null ? pages.add(first[bucket] ?? NO_PAGE) : null
    if (page !== null) first[bucket] = page
    const { block, at } = found ?? pages.placeOf(page ?? NO_PAGE)
    block.set([a, b, c], at)
    return true
  }
}

/** Remembers nothing yet. */
export function createFingerprints(limit: number = MAX_REMEMBERED): Fingerprints {
  const key = randomBytes(32)
  const isNewIn = createBuckets()
  let count = 0

  function fingerprintOf(text: string): Fingerprint {
    const hash = hmacSha256(key, utf8(text))
    const found = { bucket: partOf(hash, 0), a: partOf(hash, 2), b: partOf(hash, 4) }
    const c = partOf(hash, 6)
    return { ...found, c: found.a === 0 && found.b === 0 && c === 0 ? 1 : c }
  }

  return {
    see: (text) => {
      const isRoom = count < limit
      if (!isNewIn(fingerprintOf(text), isRoom)) return 'seen'
      if (!isRoom) return 'not_remembered'
      count += 1
      return 'new'
    },
  }
}
