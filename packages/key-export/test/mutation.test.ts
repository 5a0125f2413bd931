/**
 * Export files changed at every byte and at every character: none is accepted.
 *
 * The keys depend on passphrase, salt and rounds alone, so they are derived once for each pair of
 * those; every other change is opened with the keys of the file as it was.
 */
import { type Bytes, utf8 } from '@roomkeys/crypto/bytes'
import { describe, expect, test } from 'vitest'
import { decryptKeyExport, unwrapArmor, wrapArmor } from '../src/index.ts'
import {
  derivePayloadKeys,
  openPayload,
  type Payload,
  type PayloadKeys,
  parsePayload,
} from '../src/payload.ts'
import { KeyExportError } from '../src/errors.ts'
import { rejected } from './caught.ts'
import { DERIVING, range, refusals } from './refusals.ts'
import { CHEAP_HEADER, PASSPHRASE, sealedPayload } from './sealed.ts'
import { type FileVector, files, first, sessions } from './vectors.ts'

/** Deriving with more rounds takes too long for a sweep. */
const MANY_ROUNDS = 300_000
const MAX_ROUNDS = 10_000_000

async function keysOf({ file, passphrase }: FileVector): Promise<PayloadKeys> {
  return derivePayloadKeys(passphrase, parsePayload(unwrapArmor(file)))
}

const [one, five] = files
if (one === undefined || five === undefined) throw new TypeError('The vectors are too few')

describe.each([one, five])('the file of $sessions sessions', (vector) => {
  const payload = unwrapArmor(vector.file)
  const positions = range(0, payload.length).filter((position) => !DERIVING.includes(position))

  test('is refused with any byte outside salt and rounds changed, by two masks', async () => {
    const keys = await keysOf(vector)
    const counts = refusals(payload, keys, { positions, masks: [0x01, 0x80] })
    const sum = Object.values(counts).reduce((total, count) => total + count, 0)
    expect(sum).toBe(2 * positions.length)
    expect(counts['unsupported_version']).toBe(2)
    // The IV, the first byte, and the next 15 where mask 0x80 takes them out of ASCII.
    expect(counts['wrong_passphrase']).toBeGreaterThanOrEqual(2 * 16 + 2 + 15)
    expect(counts['wrong_passphrase']).toBeLessThanOrEqual(2 * 16 + 2 * 16)
    expect(Object.keys(counts).toSorted()).toEqual([
      'damaged',
      'unsupported_version',
      'wrong_passphrase',
    ])
    expect(openPayload(parsePayload(payload), keys)[0]).toBe('['.charCodeAt(0))
  })
})

describe('salt and rounds', () => {
  const plaintext = utf8(JSON.stringify(sessions.slice(0, 1)))

  async function codeOf(payload: Bytes, passphrase: string): Promise<string> {
    return (await rejected(decryptKeyExport(wrapArmor(payload), passphrase))).code
  }

  function changed(payload: Bytes, position: number, mask: number): Bytes {
    const copy = Uint8Array.from(payload)
    copy[position] = (copy[position] ?? 0) ^ mask
    return copy
  }

  test('of a file with 10 rounds: every byte of the salt changed by every mask is refused', async () => {
    const payload = await sealedPayload(plaintext)
    for (const position of range(1, 17))
      for (const mask of range(1, 256))
        expect(await codeOf(changed(payload, position, mask), PASSPHRASE)).toBe('wrong_passphrase')
  })

  test('of a file with 10 rounds: every other number of rounds in one byte is refused', async () => {
    const payload = await sealedPayload(plaintext)
    const codes = new Set<string>()
    for (const position of range(33, 37))
      for (const mask of range(1, 256)) {
        const mutated = changed(payload, position, mask)
        const { rounds } = parsePayload(mutated)
        if (rounds > MANY_ROUNDS && rounds <= MAX_ROUNDS) continue
        codes.add(await codeOf(mutated, PASSPHRASE))
      }
    expect([...codes].toSorted()).toEqual(['rounds_out_of_range', 'wrong_passphrase'])
    payload[36] = 0
    expect(await codeOf(payload, PASSPHRASE)).toBe('rounds_out_of_range')
    payload[36] = CHEAP_HEADER.rounds
    expect((await decryptKeyExport(wrapArmor(payload), PASSPHRASE)).entries).toHaveLength(1)
  })

  test.each(files)(
    'of the file of $sessions sessions: some bytes of both are refused',
    async (vector) => {
      const payload = unwrapArmor(vector.file)
      for (const position of [1, 8, 16, 35, 36])
        expect(await codeOf(changed(payload, position, 0x01), vector.passphrase)).toBe(
          'wrong_passphrase',
        )
      expect(await codeOf(changed(payload, 33, 0x01), vector.passphrase)).toBe(
        'rounds_out_of_range',
      )
    },
  )
})

describe('the text of the smallest file', () => {
  const { file, passphrase } = one
  const original = parsePayload(unwrapArmor(file))
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const derived = new Map<string, PayloadKeys>()

  async function memoisedKeys(payload: Payload): Promise<PayloadKeys> {
    const name = `${payload.salt.join()} ${payload.rounds}`
    const keys = derived.get(name) ?? (await derivePayloadKeys(passphrase, payload))
    derived.set(name, keys)
    return keys
  }

  function sameDerivation({ salt, rounds }: Payload): boolean {
    return rounds === original.rounds && salt.join() === original.salt.join()
  }

  /** The refusal of a text; `null` where it would take a derivation of its own and that is not asked for. */
  async function refusalOf(text: string, derive: 'never' | 'cheap'): Promise<string | null> {
    try {
      const payload = parsePayload(unwrapArmor(text))
      const cheap = payload.rounds > 0 && payload.rounds <= MANY_ROUNDS
      if (!sameDerivation(payload) && !(derive === 'cheap' && cheap)) return null
      openPayload(payload, await memoisedKeys(payload))
    } catch (error) {
      if (error instanceof KeyExportError) return error.code
      throw error
    }
    throw new Error('A changed file was accepted')
  }

  const replaced = (position: number, character: string) =>
    file.slice(0, position) + character + file.slice(position + 1)

  test('is refused with any character replaced by any other of the base64 alphabet', async () => {
    const codes: Record<string, number> = {}
    const untold = new Set<number>()
    for (const position of range(0, file.length))
      for (const character of alphabet) {
        if (character === file[position]) continue
        const code = await refusalOf(replaced(position, character), 'never')
        if (code === null) untold.add(position)
        else codes[code] = (codes[code] ?? 0) + 1
      }
    expect(Object.keys(codes).toSorted()).toEqual([
      'bad_base64',
      'damaged',
      'no_footer',
      'no_header',
      'unsupported_version',
      'wrong_passphrase',
    ])
    // The characters of salt and rounds; the next test derives for them.
    expect(untold.size).toBeGreaterThan(0)
    expect(untold.size).toBeLessThanOrEqual(23 + 7)
  })

  test('is refused with a character of its salt or rounds replaced, by a derivation of its own', async () => {
    const begin = file.indexOf('\n') + 1
    const codes = new Set<string | null>()
    for (const position of [...range(begin + 1, begin + 23), ...range(begin + 44, begin + 50)])
      for (const character of ['A', 'B']) {
        if (character === file[position]) continue
        codes.add(await refusalOf(replaced(position, character), 'cheap'))
      }
    expect([...codes].filter((code) => code !== null)).toEqual(
      expect.arrayContaining(['wrong_passphrase']),
    )
    expect(codes).not.toContain('damaged')
  })

  test('white space in place of white space is the exception: it changes nothing', async () => {
    const spaces = range(0, file.length).filter((position) => file[position] === '\n')
    expect(spaces).toHaveLength(2)
    for (const position of spaces)
      for (const space of [' ', '\t', '\r', '\r\n', '\u00a0', '\ufeff'])
        expect(unwrapArmor(replaced(position, space))).toEqual(unwrapArmor(file))
    const respaced = file.replaceAll('\n', '\r\n')
    expect((await decryptKeyExport(respaced, passphrase)).entries).toHaveLength(1)
  })

  test('is refused with any character taken out', async () => {
    const codes = new Set<string | null>()
    for (const position of range(0, file.length)) {
      if (file[position] === '\n') continue
      codes.add(await refusalOf(replaced(position, ''), 'never'))
    }
    expect(codes).not.toContain('malformed_content')
    expect(codes.size).toBeGreaterThan(2)
  })
})

test('the files are as they were: no sweep has changed them', async () => {
  const { entries } = await decryptKeyExport(first(files).file, first(files).passphrase)
  expect(entries).toHaveLength(1)
})
