/** The streaming reader beside the whole-file one: the same entries, the same refusals. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { concatBytes, utf8 } from '@roomkeys/crypto/bytes'
import { WireShapeError } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import {
  decryptKeyExport,
  inRooms,
  type KeyExportEntry,
  type MalformedEntry,
  withSessionIds,
  wrapArmor,
} from '../src/index.ts'
import { decryptKeyExportStream, type KeyExportSource, unwrapArmorStream } from '../src/stream.ts'
import { KeyExportError } from '../src/errors.ts'
import { rejected } from './caught.ts'
import { collected, countedSource, piecewise, placesIn, splitAt } from './pieces.ts'
import { PASSPHRASE, sealedJson, sealedPayload, sealedText } from './sealed.ts'
import { files, first, sessions } from './vectors.ts'

const HEADER = '-----BEGIN MEGOLM SESSION DATA-----'
const FOOTER = '-----END MEGOLM SESSION DATA-----'

const source =
  (pieces: readonly (string | Uint8Array)[]): KeyExportSource =>
  () =>
    piecewise(pieces)

type Outcome = readonly (KeyExportEntry | MalformedEntry)[] | string

async function outcomeOf(reading: Promise<Outcome>): Promise<Outcome> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof KeyExportError) return error.code
    throw error
  }
}

/** Entries in the order of the file, or the code of the refusal. */
async function whole(file: string, passphrase = PASSPHRASE): Promise<Outcome> {
  const reading = decryptKeyExport(file, passphrase).then(({ entries, malformed }) =>
    [...entries, ...malformed].toSorted((a, b) => a.position - b.position),
  )
  return outcomeOf(reading)
}

function streamed(pieces: readonly (string | Uint8Array)[], passphrase = PASSPHRASE) {
  return outcomeOf(collected(decryptKeyExportStream(source(pieces), passphrase)))
}

const five = sessions.slice(0, 5)

describe('any cutting of the text', () => {
  test('gives the entries of the whole file, in text and in bytes', async () => {
    const file = await sealedJson([five[0], { no: 'session' }, ...five.slice(1), null])
    const expected = await whole(file)
    await fc.assert(
      fc.asyncProperty(placesIn(file.length), async (places) => {
        expect(await streamed(splitAt(file, places))).toEqual(expected)
        expect(await streamed(splitAt(utf8(file), places))).toEqual(expected)
      }),
    )
  })

  test('inside the markers, line ends and padding gives the same payload', async () => {
    const payload = await sealedPayload(utf8('[1, 2]'))
    const lines = encodeBase64(payload).match(/.{1,20}/g) ?? []
    const file = `\ufeff\r\n ${[HEADER, ...lines, FOOTER].join('\r\n')} \r\n\r\n`
    for (let place = 0; place <= file.length; place++) {
      const pieces = await collected(unwrapArmorStream(source(splitAt(file, [place, place + 1]))))
      expect(concatBytes(...pieces)).toEqual(payload)
    }
  })

  test('gives every file of the vectors', async () => {
    for (const { file, passphrase, sessions: count } of files) {
      const read = await streamed(splitAt(file, [1, 40, 1000, 65_536]), passphrase)
      expect(read).toHaveLength(count)
      expect(read).toEqual(await whole(file, passphrase))
    }
  })
})

/** Texts around a payload, good and bad, that the framing tests name one by one. */
const frames: readonly ((body: string) => string)[] = [
  (body) => `${HEADER}\n${body}\n${FOOTER}\n`,
  (body) => `\ufeff \n${HEADER}\r\n${body.replace(/.{64}/g, '$&\r\n')}\r\n${FOOTER}`,
  (body) => `${HEADER}${body}${FOOTER}`,
  (body) => `${HEADER}\n${body}\n\n   \n${FOOTER}${' '.repeat(100)}\n`,
  (body) => `${HEADER}\n${body}=\n${FOOTER}`,
  (body) => `${HEADER}\n${body}==\n${FOOTER}`,
  (body) => `${HEADER}\n${body.slice(0, 8)}==\n${body}\n${FOOTER}`,
  (body) => `${HEADER}\n${body.slice(0, 7)}=\n${body}\n${FOOTER}`,
  (body) => `${HEADER}\n${body.slice(0, -1)}\n${FOOTER}`,
  (body) => `${HEADER}\n${body.slice(0, 30)}*${body.slice(31)}\n${FOOTER}`,
  (body) => `${HEADER}\n${body.slice(0, 30)}*${body.slice(31)}\n`,
  (body) => `${HEADER}\n${body}\n${FOOTER}\nSent from a telephone`,
  (body) => `${HEADER}\n${body}\n${FOOTER}\n${HEADER}\n${body}\n${FOOTER}\n`,
  (body) => `${HEADER}\n${body}\n${FOOTER.replace(' ', '\n')}`,
  (body) => `${HEADER}\n${body}\n${FOOTER.replace(' ', '  ')}`,
  (body) => `${HEADER}\n${body}\n-----END`,
  (body) => `x${HEADER}\n${body}\n${FOOTER}`,
  (body) => HEADER.slice(0, -1) + body + FOOTER,
  (body) => body,
  () => '',
  () => ' \n',
  () => HEADER,
  () => HEADER + FOOTER,
  () => `${HEADER}\nAA\n${FOOTER}`,
]

test('every framing, good and bad, is read or refused as the whole file is', async () => {
  const body = encodeBase64(await sealedPayload(utf8(JSON.stringify(five.slice(0, 1)))))
  for (const frame of frames) {
    const file = frame(body)
    const expected = await whole(file)
    for (const step of [1, 3, 33, 10_000]) {
      const places = Array.from({ length: Math.ceil(file.length / step) }, (_, i) => i * step)
      expect(await streamed(splitAt(file, places))).toEqual(expected)
    }
  }
})

describe('a file that cannot be read', () => {
  test('is refused with nothing given, as the whole file is, wherever it is cut off', async () => {
    const file = await sealedJson(five.slice(0, 1))
    for (let length = 0; length < file.length - 1; length++) {
      const code = await streamed(splitAt(file.slice(0, length), [length >> 1]))
      expect(code).toBe(await whole(file.slice(0, length)))
      expect(code).toBe(length < HEADER.length ? 'no_header' : 'no_footer')
    }
  })

  test('is refused as the whole file is with its payload cut off at any byte', async () => {
    const payload = await sealedPayload(utf8(JSON.stringify(five.slice(0, 1))))
    for (let length = 0; length < payload.length; length += length < 120 ? 1 : 7) {
      const cut = wrapArmor(payload.subarray(0, length))
      const code = await streamed([cut])
      expect(typeof code).toBe('string')
      expect(code).toBe(await whole(cut))
    }
  })

  test('is refused as the whole file is with any byte changed', async () => {
    const payload = await sealedPayload(utf8(JSON.stringify(five)))
    const seen = new Set<unknown>()
    for (let position = 0; position < payload.length; position += position < 60 ? 1 : 41) {
      if (position >= 33 && position < 36) continue
      const changed = Uint8Array.from(payload)
      changed[position] = (changed[position] ?? 0) ^ 0x80
      const file = wrapArmor(changed)
      const code = await streamed([file])
      expect(code).toBe(await whole(file))
      seen.add(code)
    }
    expect([...seen].toSorted()).toEqual(['damaged', 'unsupported_version', 'wrong_passphrase'])
  })

  test.each([0, 10_000_001, 2 ** 32 - 1])(
    'is refused for %i rounds, nothing derived',
    async (rounds) => {
      const payload = await sealedPayload(utf8('[]'))
      new DataView(payload.buffer).setUint32(33, rounds)
      const onProgress = vi.fn()
      const read = decryptKeyExportStream(source([wrapArmor(payload)]), PASSPHRASE, { onProgress })
      expect((await rejected(collected(read))).code).toBe('rounds_out_of_range')
      expect(onProgress).not.toHaveBeenCalled()
    },
  )

  test('is refused with a wrong passphrase, retryably', async () => {
    const { file } = first(files)
    const error = await rejected(collected(decryptKeyExportStream(source([file]), 'another')))
    expect(error).toMatchObject({ code: 'wrong_passphrase', retryable: true })
  })

  test('gives not one entry before its MAC is known to be right', async () => {
    const payload = await sealedPayload(utf8(JSON.stringify(sessions)))
    payload[payload.length - 1] = (payload.at(-1) ?? 0) ^ 1
    const read = decryptKeyExportStream(source([wrapArmor(payload)]), PASSPHRASE)
    expect((await rejected(read.next())).code).toBe('damaged')
  })
})

describe('a source that changes between its two readings', () => {
  const many = Array.from({ length: 300 }, (_, i) => sessions[i % sessions.length])

  /** What is given, and the code of the refusal after it. */
  async function readBoth(one: string, other: string) {
    const readings = [one, other]
    const read = decryptKeyExportStream(() => piecewise([readings.shift() ?? '']), PASSPHRASE)
    const given: unknown[] = []
    const code = await rejected(
      (async () => {
        for await (const entry of read) given.push(entry)
      })(),
    )
    return { given, code: code.code }
  }

  test('gives nothing of what was not checked', async () => {
    const payload = await sealedPayload(utf8(JSON.stringify(many)))
    const file = wrapArmor(payload)
    for (const position of [0, 5, 20, 36, 37, 1000, 60_000]) {
      const changed = Uint8Array.from(payload)
      changed[position] = (changed[position] ?? 0) ^ 1
      const { given, code } = await readBoth(file, wrapArmor(changed))
      expect(given).toEqual([])
      expect(code).toBe(position === 0 ? 'unsupported_version' : 'source_changed')
    }
  })

  test('gives at most what stands before the change', async () => {
    const payload = await sealedPayload(utf8(JSON.stringify(many)))
    const changed = Uint8Array.from(payload)
    changed[100_000] = (changed[100_000] ?? 0) ^ 1
    const { given, code } = await readBoth(wrapArmor(payload), wrapArmor(changed))
    expect(code).toBe('source_changed')
    expect(given.length).toBeGreaterThan(0)
    expect(given).toEqual((await whole(wrapArmor(payload))).slice(0, given.length))
  })

  test('is refused when it is another good file, a longer or a shorter one', async () => {
    const file = await sealedJson(many)
    const other = await sealedJson(many.toReversed())
    const shorter = await sealedJson(many.slice(0, 10))
    expect(await readBoth(file, other)).toEqual({ given: [], code: 'source_changed' })
    expect((await readBoth(file, shorter)).code).toBe('source_changed')
    expect((await readBoth(shorter, file)).code).toBe('source_changed')
    expect((await readBoth(file, '')).code).toBe('no_header')
  })

  test('is refused when it ends exactly where a piece of the first reading does', async () => {
    const piece = 57 * 16 * 72
    const plaintext = utf8(JSON.stringify(many))
    const long = wrapArmor(await sealedPayload(plaintext.slice(0, 2 * piece)))
    const short = wrapArmor(await sealedPayload(plaintext.slice(0, piece)))
    expect((await readBoth(long, short)).code).toBe('source_changed')
    expect((await readBoth(short, long)).code).toBe('source_changed')
  })
})

describe('content', () => {
  test.each([
    '',
    ' ',
    '{}',
    'null',
    '1',
    '"[]"',
    '[',
    '[1,]',
    '[,1]',
    '[]]',
    '[] []',
    '\ufeff[]',
    '[{]}]',
  ])('%j is malformed, as in the whole file', async (text) => {
    const file = await sealedText(text)
    expect(await whole(file)).toBe('malformed_content')
    expect(await streamed([file])).toBe('malformed_content')
  })

  test('that is an empty array gives nothing', async () => {
    expect(await streamed([await sealedText(' [ ] ')])).toEqual([])
  })

  test('that breaks off gives what stands before, and then says so', async () => {
    const file = await sealedText(`${JSON.stringify(five).slice(0, -1)}, {"session_key": "AQsecret`)
    const read = decryptKeyExportStream(source([file]), PASSPHRASE)
    const given: unknown[] = []
    const error = await rejected(
      (async () => {
        for await (const entry of read) given.push(entry)
      })(),
    )
    expect(given).toHaveLength(5)
    expect(error.code).toBe('malformed_content')
    expect(error.message).not.toContain('secret')
    expect(error.cause).toBeUndefined()
  })

  test('with entries past the limits lists them, and gives the others', async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`
    const long = JSON.stringify({ ...five[0], 'org.example.filler': 'x'.repeat(10_000_000) })
    const text = `[${JSON.stringify(five[0])},${deep},${long},${JSON.stringify(five[1])}]`
    const read = await collected(
      decryptKeyExportStream(source([await sealedText(text)]), PASSPHRASE),
    )
    expect(read.map((entry) => ('error' in entry ? entry.error : entry.session))).toEqual([
      five[0],
      expect.any(WireShapeError),
      expect.any(WireShapeError),
      five[1],
    ])
    expect(read.map(({ position }) => position)).toEqual([0, 1, 2, 3])
  })
})

describe('selecting', () => {
  test('gives the sessions that are wanted, at their places, and every entry that is none', async () => {
    const file = await sealedJson([...sessions.slice(0, 20), 'no session'])
    const all = await collected(decryptKeyExportStream(source([file]), PASSPHRASE))
    const { room_id } = first(sessions)
    const { session_id } = five[3] ?? first(sessions)
    for (const select of [inRooms([room_id]), withSessionIds(new Set([session_id])), inRooms([])]) {
      const some = await collected(decryptKeyExportStream(source([file]), PASSPHRASE, { select }))
      expect(some).toEqual(all.filter((entry) => 'error' in entry || select(entry.session)))
      expect(some.length).toBeLessThan(all.length)
      expect(some.at(-1)).toHaveProperty('error')
    }
  })
})

describe('the source', () => {
  const text = sealedJson(Array.from({ length: 400 }, (_, i) => sessions[i % sessions.length]))
  const pieces = async () => splitAt(await text, [10_000, 100_000, 200_000])

  test('is opened twice and closed twice', async () => {
    const { open, counts } = countedSource(await pieces())
    await collected(decryptKeyExportStream(open, PASSPHRASE))
    expect(counts).toMatchObject({ opened: 2, closed: 2 })
  })

  test('is closed by an early return', async () => {
    const { open, counts } = countedSource(await pieces())
    for await (const entry of decryptKeyExportStream(open, PASSPHRASE)) {
      expect(entry.position).toBe(0)
      break
    }
    expect(counts).toMatchObject({ opened: 2, closed: 2 })
  })

  test('is closed by a refusal', async () => {
    const { open, counts } = countedSource(['no export', 'more'])
    await rejected(collected(decryptKeyExportStream(open, PASSPHRASE)))
    expect(counts).toEqual({ opened: 1, closed: 1, given: 1 })
  })

  test('is not opened with a signal that is aborted', async () => {
    const { open, counts } = countedSource(await pieces())
    const reason = new Error('enough')
    const options = { signal: AbortSignal.abort(reason) }
    const read = collected(decryptKeyExportStream(open, PASSPHRASE, options))
    await expect(read).rejects.toBe(reason)
    expect(counts.opened).toBe(0)
  })

  test('is closed by a signal between two entries, and while it is checked', async () => {
    const reason = new Error('enough')
    for (const after of [1, 5]) {
      const { open, counts } = countedSource(await pieces())
      const abort = new AbortController()
      const aborting = async function* () {
        for await (const piece of open()) {
          if (counts.given === after) abort.abort(reason)
          yield piece
        }
      }
      const read = collected(decryptKeyExportStream(aborting, PASSPHRASE, { signal: abort.signal }))
      await expect(read).rejects.toBe(reason)
      expect(counts.closed).toBe(counts.opened)
    }
  })

  test('gives no entry more once the signal is aborted', async () => {
    const { open, counts } = countedSource(await pieces())
    const abort = new AbortController()
    const reason = new Error('enough')
    const read = decryptKeyExportStream(open, PASSPHRASE, { signal: abort.signal })
    expect((await read.next()).value).toHaveProperty('position', 0)
    abort.abort(reason)
    await expect(read.next()).rejects.toBe(reason)
    expect(counts.closed).toBe(2)
  })

  test('that fails ends the reading with its error', async () => {
    const failure = new Error('the disk is gone')
    const failing = async function* () {
      yield await Promise.resolve(HEADER)
      throw failure
    }
    await expect(collected(decryptKeyExportStream(failing, PASSPHRASE))).rejects.toBe(failure)
  })

  test('may be a stream, also where streams are not iterable, and is cancelled', async () => {
    const blob = new Blob([await text])
    const cancelled = vi.fn()
    const bare = (): ReadableStream<Uint8Array> => {
      const reader = blob.stream().getReader()
      const stream = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: cancelled,
      })
      return Object.defineProperty(stream, Symbol.asyncIterator, { value: undefined })
    }
    const expected = await whole(await text)
    const read = (open: KeyExportSource) => collected(decryptKeyExportStream(open, PASSPHRASE))
    expect(await read(() => blob.stream())).toEqual(expected)
    expect(await read(bare)).toEqual(expected)
    expect(cancelled).not.toHaveBeenCalled()
    await rejected(collected(decryptKeyExportStream(bare, 'another')))
    for await (const entry of decryptKeyExportStream(bare, PASSPHRASE)) {
      expect(entry.position).toBe(0)
      break
    }
    expect(cancelled).toHaveBeenCalledOnce()
  })
})
