/** Seeded hostile inputs for every decoder: typed errors alone, and the same answer however cut. */
import { type Bytes, concatBytes, utf8 } from '@roomkeys/crypto/bytes'
import { expect, test } from 'vitest'
import { createArmorReader } from '../src/armor-reader.ts'
import { createArraySplitter } from '../src/array-splitter.ts'
import {
  type KeyExport,
  type KeyExportEntry,
  type MalformedEntry,
  parseContent,
  parseEntry,
  parseJson,
} from '../src/content.ts'
import { KeyExportError } from '../src/errors.ts'
import { unwrapArmor, wrapArmor } from '../src/index.ts'
import { parsePayload, type Payload, parsePayloadHeader } from '../src/payload.ts'
import { splitAt } from './pieces.ts'
import { first, sessions } from './vectors.ts'

const RUNS = 200_000

/** Numbers below a bound, the same on every run (xorshift). */
function seededNumbers(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
}

const below = seededNumbers(20_261_120)

/** The result, or the code of the typed error; anything else fails. */
function outcome<T>(run: () => T): T | string {
  try {
    return run()
  } catch (error) {
    if (error instanceof KeyExportError) return error.code
    throw error
  }
}

/** Changes, drops, repeats and inserts; sometimes all of it is random. */
function mutated(valid: Bytes, alphabet: Bytes): Bytes {
  const any = (): number => alphabet[below(alphabet.length)] ?? 0
  if (below(16) === 0) return Uint8Array.from({ length: below(2 * valid.length) }, any)
  let bytes = valid
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const at = below(bytes.length + 1)
    const to = Math.min(bytes.length, at + below(8))
    const inserted = Uint8Array.from({ length: below(4) }, any)
    const repeated = below(4) === 0 ? bytes.subarray(at, to) : new Uint8Array()
    bytes = concatBytes(bytes.subarray(0, at), inserted, repeated, bytes.subarray(to))
  }
  return below(8) === 0 ? bytes.slice(0, below(bytes.length + 1)) : bytes
}

/** Something to compare: the code of the error, or what was read. */
const formOf = (result: Bytes | string): string =>
  typeof result === 'string' ? result : `read ${Buffer.from(result).toString('hex')}`

/** The length that the parts of a payload add up to. */
const lengthOf = ({ salt, iv, ciphertext, mac }: Payload): number =>
  1 + salt.length + iv.length + 4 + ciphertext.length + mac.length

/** Entries of both kinds as they stand in the file. */
const inOrder = ({ entries, malformed }: KeyExport): readonly (KeyExportEntry | MalformedEntry)[] =>
  [...entries, ...malformed].toSorted((a, b) => a.position - b.position)

function parsedInPieces(pieces: readonly Bytes[]): readonly unknown[] {
  const splitter = createArraySplitter()
  const elements = pieces.flatMap((piece) => splitter.push(piece))
  splitter.end()
  return elements.map((element, position) =>
    typeof element === 'string' ? element : parseEntry(parseJson(element), position),
  )
}

const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)
const tally = (counts: Map<string, number>, result: unknown): unknown =>
  counts.set(
    typeof result === 'string' ? result : 'read',
    (counts.get(typeof result === 'string' ? result : 'read') ?? 0) + 1,
  )

test('armor: a text is read, or refused by a typed error, the same in pieces', () => {
  const valid = utf8(wrapArmor(Uint8Array.from({ length: 60 }, (_, i) => i * 7)))
  const alphabet = utf8('AZaz09+/=- \n\r\t-=ENDBGI\u00a0\ufeffü')
  const counts = new Map<string, number>()
  const departures: unknown[] = []
  for (let run = 0; run < RUNS; run++) {
    const text = new TextDecoder().decode(mutated(valid, alphabet))
    const pieces = splitAt(text, [below(text.length + 1), below(text.length + 1)])
    const whole = outcome(() => unwrapArmor(text))
    const parts = outcome(() => {
      const reader = createArmorReader()
      const read = pieces.map((piece) => reader.push(piece))
      return concatBytes(...read, reader.end())
    })
    if (formOf(parts) !== formOf(whole)) departures.push({ text, whole, parts })
    tally(counts, whole)
  }
  expect(departures).toEqual([])
  expect([...counts.keys()].toSorted()).toEqual(['bad_base64', 'no_footer', 'no_header', 'read'])
})

test('payload: bytes are taken apart, or refused by a typed error', () => {
  const valid = Uint8Array.from({ length: 90 }, (_, i) => (i === 0 ? 1 : i))
  const counts = new Map<string, number>()
  const departures: unknown[] = []
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutated(valid, everyByte)
    const payload = outcome(() => parsePayload(bytes))
    const header = outcome(() => parsePayloadHeader(bytes.slice(0, 69)))
    const expected = typeof payload === 'string' ? header : bytes.length
    const found = typeof payload === 'string' ? payload : lengthOf(payload)
    if (found !== expected) departures.push({ bytes, payload, header })
    tally(counts, payload)
  }
  expect(departures).toEqual([])
  expect([...counts.keys()].toSorted()).toEqual(['read', 'too_short', 'unsupported_version'])
})

test('content: an array is read, or refused by a typed error, the same in pieces', () => {
  const small = { ...first(sessions), session_key: 'AQ', 'org.example': [{ a: '\\"' }, 1.5, null] }
  const valid = utf8(JSON.stringify([small, { b: [] }]))
  const signs = utf8('[]{},:"\\ \n01-.eEtrufalsn_')
  const alphabet = concatBytes(signs, Uint8Array.of(0xc3, 0x00, 0xff))
  const counts = new Map<string, number>()
  const departures: unknown[] = []
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutated(valid, alphabet)
    const pieces = splitAt(bytes, [below(bytes.length + 1), below(bytes.length + 1)])
    const whole = outcome(() => inOrder(parseContent(bytes)))
    const parts = outcome(() => parsedInPieces(pieces))
    if (JSON.stringify(parts) !== JSON.stringify(whole)) departures.push({ bytes, whole, parts })
    tally(counts, whole)
  }
  expect(departures).toEqual([])
  expect([...counts.keys()].toSorted()).toEqual(['malformed_content', 'read'])
  expect(counts.get('read')).toBeGreaterThan(10_000)
})
