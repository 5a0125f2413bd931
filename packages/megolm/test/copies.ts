/**
 * Copies of one session as an attacker and a user may have them, and what merging must make of them,
 * told from how they were made: not one ratchet is compared here.
 */
import { SecretBytes } from '@roomkeys/crypto/secret'
import fc from 'fast-check'
import { type Candidate, candidateOf, type Origin } from '../src/candidate.ts'
import { advanceTo } from '../src/inbound.ts'
import { createOutboundSession, encrypt, type OutboundSession } from '../src/outbound.ts'
import { compareProvenance, isAuthenticated, type Provenance } from '../src/provenance.ts'
import type { MegolmSession } from '../src/session.ts'

export const PROVENANCES: readonly Provenance[] = [
  { kind: 'direct' },
  { kind: 'authenticated_backup' },
  { kind: 'forwarded' },
  { kind: 'key_bundle', from: '@bob:example.org' },
  { kind: 'export_file' },
  { kind: 'unauthenticated_backup' },
]
/** The origins that a forged copy may claim. */
export const FORGEABLE: readonly Provenance[] = PROVENANCES.slice(3)

export const genuine: OutboundSession = createOutboundSession()

const memory = new Map<number, MegolmSession>([[0, genuine]])

/** The true session at an index. */
export function genuineAt(index: number): MegolmSession {
  const known = memory.get(index)
  if (known !== undefined) return known
  const from = Math.max(...[...memory.keys()].filter((each) => each < index))
  const session = advanceTo(memory.get(from) ?? genuine, index)
  memory.set(index, session)
  return session
}

/** The true ratchet at an index, from one part on overwritten: all of it, or what is reseeded soon. */
export function forgedAt(index: number, part: number, byte: number): MegolmSession {
  const { ratchet, publicKey } = genuineAt(index)
  const bytes = Uint8Array.from(ratchet.expose()).fill(byte, part * 32)
  return { index, ratchet: new SecretBytes(bytes), publicKey }
}

/** A copy as it is made. */
export interface Draft {
  /** Copies of one forged ratchet have one name; the true one has none. */
  readonly line: number | null
  /** The first part that is false. */
  readonly part: number
  /** Where the line begins, and how far on from there the copy does. */
  readonly start: number
  readonly offset: number
  readonly provenance: Provenance
}

const indexOf = ({ start, offset }: Draft): number => start + offset

export function copyOf(draft: Draft): Candidate {
  const { line, part, start, provenance } = draft
  const index = indexOf(draft)
  if (line === null) return candidateOf(genuineAt(index), provenance)
  return candidateOf(advanceTo(forgedAt(start, part, line + 1), index), provenance)
}

/** Where a line has become the true one. */
function meetingOf({ line, part, start }: Draft): number {
  if (line === null) return 0
  if (part === 0) return Infinity
  const period = 2 ** (8 * (4 - part))
  return (Math.floor(start / period) + 1) * period
}

export function agreementOf(one: Draft, other: Draft): number {
  const both = Math.max(indexOf(one), indexOf(other))
  return one.line === other.line ? both : Math.max(both, meetingOf(one), meetingOf(other))
}

const isConnected = (one: Draft, other: Draft): boolean =>
  agreementOf(one, other) === Math.max(indexOf(one), indexOf(other))

const authenticated = (drafts: readonly Draft[]): readonly Draft[] =>
  drafts.filter(({ provenance }) => isAuthenticated(provenance))

function originsOf(draft: Draft, drafts: readonly Draft[]): readonly Origin[] {
  const all = drafts
    .map((other) => ({ fromIndex: agreementOf(draft, other), provenance: other.provenance }))
    .filter(({ fromIndex }) => fromIndex < Infinity)
  const isBetter = (one: Origin, other: Origin): boolean =>
    compareProvenance(one.provenance, other.provenance) < 0
  return all
    .toSorted((a, b) => a.fromIndex - b.fromIndex || compareProvenance(a.provenance, b.provenance))
    .filter((origin, position, sorted) =>
      sorted.slice(0, position).every((before) => isBetter(origin, before)),
    )
}

/** A copy in a few words: its index, its ratchet, its origins. */
export function shown({ session, origins }: Candidate): string {
  const layers = origins.map(({ fromIndex, provenance }) => `${fromIndex} ${provenance.kind}`)
  return `${session.index} ${Buffer.from(session.ratchet.expose()).toString('hex', 60)}: ${layers.join(', ')}`
}

/**
 * What remains of copies, whatever their order: those that no authenticated one contradicts, without
 * those that another one leads to.
 */
export function expectedOf(drafts: readonly Draft[]): readonly string[] {
  const standing = drafts.filter((one) =>
    authenticated(drafts).every((other) => isConnected(one, other)),
  )
  const earliest = standing.filter((one) =>
    standing.every((other) => indexOf(other) >= indexOf(one) || !isConnected(one, other)),
  )
  const texts = earliest.map((one) =>
    shown({ session: copyOf(one).session, origins: originsOf(one, standing) }),
  )
  return [...new Set(texts)].toSorted()
}

/** Around the points where R1, R2 and R3 are reseeded. */
const TURNS = [256, 65_536, 2 ** 24]
const start = fc.integer({ min: -9, max: 8 })

const drawn = (provenances: readonly Provenance[]): fc.Arbitrary<Omit<Draft, 'line' | 'part'>> =>
  fc.record({ start, offset: fc.constant(0), provenance: fc.constantFrom(...provenances) })

const genuineDraft = drawn(PROVENANCES).map((draft) => ({ ...draft, line: null, part: 4 }))

/** A forged copy; some are of the ratchet before them, and begin a little later. */
const forgery = (provenances: readonly Provenance[]): fc.Arbitrary<Omit<Draft, 'line'>> =>
  fc
    .tuple(drawn(provenances), fc.nat(3), fc.integer({ min: -3, max: 3 }))
    .map(([draft, part, offset]) => ({ ...draft, part, offset: Math.max(0, offset) }))

function named(
  draft: Omit<Draft, 'line'>,
  line: number,
  all: readonly Omit<Draft, 'line'>[],
): Draft {
  const before = all[line - 1]
  if (draft.offset === 0 || before === undefined) return { ...draft, line, offset: 0 }
  return { ...named(before, line - 1, all), offset: draft.offset, provenance: draft.provenance }
}

/** One to three genuine copies among forged ones of those origins, in any order, about one index. */
export function scenarios(
  provenances: readonly Provenance[],
  maxForged: number,
): fc.Arbitrary<readonly Draft[]> {
  const copies = fc.tuple(
    fc.array(genuineDraft, { minLength: 1, maxLength: 3 }),
    fc.array(forgery(provenances), { maxLength: maxForged }),
    fc.constantFrom(...TURNS),
  )
  return copies.chain(([trues, forgeries, turn]) => {
    const all = [...trues, ...forgeries.map(named)].map((draft) => ({
      ...draft,
      start: draft.start + turn,
    }))
    return fc.shuffledSubarray(all, { minLength: all.length })
  })
}

const messages = new Map<number, string>()

/** A message of the true session. */
export function messageAt(index: number): string {
  const known = messages.get(index)
  if (known !== undefined) return known
  const { ciphertext } = encrypt({ ...genuine, ...genuineAt(index) }, Uint8Array.of(index & 255))
  messages.set(index, ciphertext)
  return ciphertext
}
