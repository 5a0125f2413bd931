/**
 * Copies of sessions in little memory: 164 bytes each, in blocks that are overwritten at the end.
 *
 * A copy is its index, its ratchet and its origins. The ratchet is what comparing takes: with a digest
 * alone, each difference would cost another reading of its key, and a stream cannot be read again.
 */
import { equalBytes } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import {
  type Candidate,
  compareProvenance,
  type MegolmSession,
  type Origin,
  type Provenance,
  RATCHET_LENGTH,
} from '@roomkeys/megolm'

/** The number of no copy. */
export const NO_COPY = 0xffff_ffff

const BLOCK_COPIES = 4_096

const NEXT = 0
const INDEX = 4
const SIDES = 8
const RANKS = 9
const FROM = 12

const PROVENANCES: readonly Provenance[] = [
  { kind: 'direct' },
  { kind: 'authenticated_backup' },
  { kind: 'forwarded' },
  { kind: 'key_bundle', from: '' },
  { kind: 'export_file' },
  { kind: 'unauthenticated_backup' },
]

const RATCHET = FROM + 4 * PROVENANCES.length

/** What a copy takes, in bytes. */
export const COPY_BYTES: number = RATCHET + RATCHET_LENGTH

/** Copies by their numbers, from 0 on. Each is in a chain with the others of its session. */
export interface CopySlab {
  /** Adds a copy and gives its number. */
  readonly add: (copy: Candidate) => number
  /** Puts a copy in the place of another. */
  readonly replace: (number: number, copy: Candidate) => void
  /** The copy of this number, of this public key. */
  readonly read: (number: number, publicKey: MegolmSession['publicKey']) => Candidate
  /** Whether this number is of the very same copy. */
  readonly isSame: (number: number, copy: Candidate) => boolean
  /** The next of the chain, or {@link NO_COPY}. */
  readonly next: (number: number) => number
  readonly setNext: (number: number, next: number) => void
  /** Bits: the sides that have the copy. */
  readonly sides: (number: number) => number
  readonly setSides: (number: number, sides: number) => void
  /** Overwrites all ratchets. */
  readonly destroy: () => void
}

function rankOf(provenance: Provenance): number {
  return PROVENANCES.filter((other) => compareProvenance(other, provenance) < 0).length
}

function writeOrigins(view: DataView, origins: readonly Origin[]): void {
  let ranks = 0
  for (const { fromIndex, provenance } of origins) {
    const rank = rankOf(provenance)
    ranks |= 1 << rank
    view.setUint32(FROM + 4 * rank, fromIndex)
  }
  view.setUint8(RANKS, ranks)
}

/** By ascending index: each is better than those before it, so that their ranks descend. */
function readOrigins(view: DataView): readonly Origin[] {
  const ranks = view.getUint8(RANKS)
  return PROVENANCES.flatMap((provenance, rank) =>
    (ranks & (1 << rank)) === 0 ? [] : [{ fromIndex: view.getUint32(FROM + 4 * rank), provenance }],
  ).toReversed()
}

function isSameOrigins(first: readonly Origin[], second: readonly Origin[]): boolean {
  return (
    first.length === second.length &&
    first.every(({ fromIndex, provenance }, position) => {
      const other = second[position]
      return other?.fromIndex === fromIndex && rankOf(other.provenance) === rankOf(provenance)
    })
  )
}

type CopyBytes = Uint8Array<ArrayBuffer>

const viewOf = ({ buffer, byteOffset }: CopyBytes): DataView =>
  new DataView(buffer, byteOffset, COPY_BYTES)

function write(bytes: CopyBytes, { session, origins }: Candidate): void {
  const view = viewOf(bytes)
  view.setUint32(INDEX, session.index)
  writeOrigins(view, origins)
  bytes.set(session.ratchet.expose(), RATCHET)
}

function read(bytes: CopyBytes, publicKey: MegolmSession['publicKey']): Candidate {
  const view = viewOf(bytes)
  const ratchet = new SecretBytes(bytes.subarray(RATCHET))
  const session = { index: view.getUint32(INDEX), ratchet, publicKey }
  return { session, origins: readOrigins(view) }
}

function isWritten(bytes: CopyBytes, { session, origins }: Candidate): boolean {
  const view = viewOf(bytes)
  return (
    view.getUint32(INDEX) === session.index &&
    equalBytes(bytes.subarray(RATCHET), session.ratchet.expose()) &&
    isSameOrigins(readOrigins(view), origins)
  )
}

/** Room for copies, block by block. */
function createBlocks() {
  const blocks: CopyBytes[] = []
  let count = 0
  return {
    add: (): number => {
      if (count === blocks.length * BLOCK_COPIES)
        blocks.push(new Uint8Array(BLOCK_COPIES * COPY_BYTES))
      count += 1
      return count - 1
    },
    at: (number: number): CopyBytes => {
      const block = blocks[Math.floor(number / BLOCK_COPIES)]
      if (block === undefined) throw new TypeError('There is no copy of this number')
      const from = (number % BLOCK_COPIES) * COPY_BYTES
      return block.subarray(from, from + COPY_BYTES)
    },
    destroy: (): void => {
      for (const block of blocks) block.fill(0)
    },
  }
}

/** Makes an empty slab. */
export function createCopySlab(): CopySlab {
  const blocks = createBlocks()
  const view = (number: number): DataView => viewOf(blocks.at(number))
  return {
    add: (copy) => {
      const number = blocks.add()
      write(blocks.at(number), copy)
      view(number).setUint32(NEXT, NO_COPY)
      return number
    },
    replace: (number, copy) => {
      write(blocks.at(number), copy)
    },
    read: (number, publicKey) => read(blocks.at(number), publicKey),
    isSame: (number, copy) => isWritten(blocks.at(number), copy),
    next: (number) => view(number).getUint32(NEXT),
    setNext: (number, next) => {
      view(number).setUint32(NEXT, next)
    },
    sides: (number) => view(number).getUint8(SIDES),
    setSides: (number, sides) => {
      view(number).setUint8(SIDES, sides)
    },
    destroy: blocks.destroy,
  }
}
