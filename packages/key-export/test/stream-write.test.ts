/** The streaming writer beside the whole-file one: the same bytes. */
import { concatBytes, utf8 } from '@roomkeys/crypto/bytes'
import { WireShapeError } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { decryptKeyExport, encryptKeyExport, wrapArmor } from '../src/index.ts'
import { derivePayloadKeys, sealPayload } from '../src/payload.ts'
import {
  decryptKeyExportStream,
  encryptKeyExportStream,
  sealPayloadStream,
  serialiseSessions,
  wrapArmorStream,
} from '../src/stream.ts'
import { rejected } from './caught.ts'
import { collected, countedSource, piecewise, placesIn, splitAt } from './pieces.ts'
import { PASSPHRASE } from './sealed.ts'
import { first, sessions } from './vectors.ts'

const session = first(sessions)
const few = sessions.slice(0, 3)

/** The same salt and IV every time. */
const random = (length: number) => new Uint8Array(length).fill(0xfe)

const bytesOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Uint8Array.from(bytes))

test('a payload sealed in pieces is the payload sealed whole', async () => {
  const headers = fc.record({ salt: bytesOf(16), iv: bytesOf(16), rounds: fc.nat() })
  const plaintexts = fc
    .tuple(fc.constantFrom(0, 1, 15, 16, 17, 65_627, 65_663, 65_664, 65_665, 200_000), fc.nat(255))
    .map(([length, byte]) => new Uint8Array(length).fill(byte))
  const keys = { aesKey: new Uint8Array(32).fill(1), macKey: new Uint8Array(32).fill(2) }
  await fc.assert(
    fc.asyncProperty(headers, plaintexts, fc.array(fc.nat(200_000)), async (header, plain, at) => {
      const sealed = sealPayload(plain, header, keys)
      const pieces = sealPayloadStream(piecewise(splitAt(plain, at)), header, keys)
      const payload = concatBytes(...(await collected(pieces)))
      expect(Buffer.compare(payload, sealed)).toBe(0)
      const texts = await collected(wrapArmorStream(piecewise(splitAt(sealed, at))))
      expect(texts.join('') === wrapArmor(sealed)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('armor around a payload in pieces of any length is the armor around the whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), placesIn(300), async (payload, places) => {
      const texts = await collected(wrapArmorStream(piecewise(splitAt(payload, places))))
      expect(texts.join('')).toBe(wrapArmor(payload))
    }),
  )
})

describe('a file', () => {
  test('is the one that is written whole, from any kind of source', async () => {
    const expected = await encryptKeyExport(few, PASSPHRASE, { random })
    for (const source of [few, new Set(few), piecewise(few)]) {
      const texts = await collected(encryptKeyExportStream(source, PASSPHRASE, { random }))
      expect(texts.join('')).toBe(expected)
    }
  })

  test('of many sessions comes in pieces, and reads back by both readers', async () => {
    const many = Array.from({ length: 2000 }, (_, i) => ({ ...session, session_id: `${i}` }))
    const texts = await collected(encryptKeyExportStream(many, PASSPHRASE))
    expect(texts.length).toBeGreaterThan(10)
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(100_000)
    const whole = await decryptKeyExport(texts.join(''), PASSPHRASE)
    expect(whole.entries.map((entry) => entry.session)).toEqual(many)
    const entries = await collected(decryptKeyExportStream(() => piecewise(texts), PASSPHRASE))
    expect(entries).toEqual(whole.entries)
  })

  test('has another salt and IV each time, with the IV bit that clients expect to be zero', async () => {
    const begin = async () => {
      const texts = await collected(encryptKeyExportStream(few, PASSPHRASE))
      return Buffer.from(texts.join('').slice(36, 100), 'base64')
    }
    const [one, other] = [await begin(), await begin()]
    expect(one.subarray(1, 33)).not.toEqual(other.subarray(1, 33))
    for (const bytes of [one, other]) expect((bytes[25] ?? 0xff) & 0x80).toBe(0)
  })
})

describe('what cannot be written', () => {
  test('no sessions: nothing is derived and nothing written', async () => {
    const onProgress = vi.fn()
    const written = encryptKeyExportStream([], PASSPHRASE, { onProgress })
    expect((await rejected(written.next())).code).toBe('no_sessions')
    expect((await rejected(collected(serialiseSessions([])))).code).toBe('no_sessions')
    expect(onProgress).not.toHaveBeenCalled()
  })

  test.each([
    ['an empty passphrase', '', {}],
    ['too few rounds', PASSPHRASE, { rounds: 499_999 }],
    ['too many rounds', PASSPHRASE, { rounds: 10_000_001 }],
  ])(
    '%s is a mistake of the caller, before the source is opened',
    async (_, passphrase, options) => {
      const { open, counts } = countedSource(few)
      const written = collected(encryptKeyExportStream(open(), passphrase, options))
      await expect(written).rejects.toThrow(TypeError)
      expect(counts.opened).toBe(0)
    },
  )

  test('a session that lacks a field, in the middle: what was written is refused by the reader', async () => {
    const broken = { ...session, session_key: undefined }
    const many = Array.from({ length: 1000 }, () => session)
    // The type is the point: sources without types give this.
    const source = [...many, broken as unknown as typeof session]
    const texts: string[] = []
    const written = (async () => {
      for await (const text of encryptKeyExportStream(source, PASSPHRASE)) texts.push(text)
    })()
    await expect(written).rejects.toThrow(WireShapeError)
    expect(texts.length).toBeGreaterThan(1)
    expect((await rejected(decryptKeyExport(texts.join(''), PASSPHRASE))).code).toBe('no_footer')
  })
})

describe('the source', () => {
  const many = Array.from({ length: 1000 }, () => session)

  test('is closed by an early return', async () => {
    const { open, counts } = countedSource(many)
    for await (const text of encryptKeyExportStream(open(), PASSPHRASE)) {
      expect(text).toContain('BEGIN')
      break
    }
    expect(counts).toMatchObject({ opened: 1, closed: 1 })
    expect(counts.given).toBeLessThan(many.length)
  })

  test('is closed by a signal, before the keys are derived and after', async () => {
    const reason = new Error('enough')
    for (const at of [1, 500]) {
      const { open, counts } = countedSource(many)
      const abort = new AbortController()
      const aborting = async function* () {
        for await (const item of open()) {
          if (counts.given === at) abort.abort(reason)
          yield item
        }
      }
      const options = { signal: abort.signal }
      const written = collected(encryptKeyExportStream(aborting(), PASSPHRASE, options))
      await expect(written).rejects.toBe(reason)
      expect(counts).toMatchObject({ opened: 1, closed: 1, given: at })
    }
  })
})

test('keys are derived as for a whole file', async () => {
  const header = { salt: new Uint8Array(16), iv: new Uint8Array(16), rounds: 3 }
  const keys = await derivePayloadKeys(PASSPHRASE, header)
  const payload = sealPayloadStream(serialiseSessions(few), header, keys)
  const file = (await collected(wrapArmorStream(payload))).join('')
  expect(file).toBe(wrapArmor(sealPayload(utf8(JSON.stringify(few)), header, keys)))
})
