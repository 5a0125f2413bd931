import { roomId } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collect, cutAt, encoder, failingAfter } from '../../test/entry-stream-pieces.ts'
import type { BackupEntry } from '../entry.ts'
import { BackupError } from '../errors.ts'
import { MAX_KEPT_LENGTH } from './cursor.ts'
import { MAX_ENTRY_DEPTH } from './members.ts'
import { entriesOfStream, roomEntriesOfStream } from './read-entries.ts'

function read(text: string, ends: readonly number[] = []): Promise<readonly BackupEntry[]> {
  return collect(entriesOfStream(cutAt(encoder.encode(text), ends)))
}

function expectedOf(answer: Answer): readonly BackupEntry[] {
  return Object.entries(answer.rooms).flatMap(([room, { sessions }]) =>
    Object.entries(sessions).map(
      ([id, data]) => ({ roomId: room, sessionId: id, data }) as BackupEntry,
    ),
  )
}

interface Answer {
  readonly rooms: Record<string, { readonly sessions: Record<string, unknown> }>
}

const room = fc.record({
  extra: fc.jsonValue(),
  sessions: fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
})
const answers = fc.record({
  before: fc.jsonValue(),
  rooms: fc.dictionary(fc.string({ unit: 'binary' }), room),
  after: fc.jsonValue(),
})

describe('entriesOfStream', () => {
  it('gives what parsing the whole gives, wherever the pieces end', async () => {
    const spaces = fc.constantFrom(undefined, 1, '\t', '\r\n ')
    const cuts = fc.array(fc.nat(), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(answers, spaces, cuts, async (answer, space, cut) => {
        const text = JSON.stringify(answer, null, space)
        const whole = JSON.parse(text) as Answer
        const length = encoder.encode(text).length
        const ends = cut.map((one) => one % (length + 1))
        expect(await read(text, ends)).toEqual(expectedOf(whole))
      }),
      { numRuns: 500 },
    )
  })

  it('does so byte by byte, through escapes and characters of several bytes', async () => {
    const answer: Answer = {
      rooms: {
        '!ü "quoted" \\ room:x': { sessions: { __proto__x: { a: '\\"', b: '\\\\', c: '€😀"' } } },
        '!empty': { sessions: {} },
      },
    }
    const text = JSON.stringify(answer).replace('__proto__x', '__proto__')
    const bytes = encoder.encode(text)
    const everywhere = Array.from(bytes.keys())
    const entries = await collect(entriesOfStream(cutAt(bytes, everywhere)))
    expect(entries).toEqual([
      {
        roomId: '!ü "quoted" \\ room:x',
        sessionId: '__proto__',
        data: { a: '\\"', b: '\\\\', c: '€😀"' },
      },
    ])
  })

  it('refuses what breaks off, at every byte', async () => {
    const text = '{"a":[1,"]"],"rooms":{"!r":{"sessions":{"s":{"x":1},"t":2}}},"b":null}'
    for (let length = 0; length < text.length; length++)
      await expect(read(text.slice(0, length)), `${length}`).rejects.toMatchObject({
        code: 'malformed_keys',
      })
    expect(await read(text)).toHaveLength(2)
  })

  it.each([
    ['nothing', ''],
    ['an array', '[]'],
    ['no rooms', '{}'],
    ['rooms of another type', '{"rooms":[]}'],
    ['a room of another type', '{"rooms":{"!r":1}}'],
    ['a room without sessions', '{"rooms":{"!r":{}}}'],
    ['a byte order mark', '\ufeff{"rooms":{}}'],
    ['a name that is no string', '{1:2}'],
    ['a name that is no JSON', '{"\\x":{},"rooms":{}}'],
    ['a comma at the end', '{"rooms":{},}'],
    ['no colon', '{"rooms"{}}'],
    ['something after it', '{"rooms":{}} {}'],
  ])('refuses %s', async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ name: 'BackupError', code: 'malformed_keys' })
  })

  it('quotes nothing of what it refuses', async () => {
    const secret = 'c2VjcmV0IHNlY3JldA'
    const error: unknown = await read(`{"rooms":{"${secret}":[]}}`).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'malformed_keys' })
    expect(error).not.toHaveProperty('cause')
    expect(String(error)).not.toContain(secret)
  })

  it.each([
    ['is no JSON', '{"a":tru}'],
    ['is too long', JSON.stringify('x'.repeat(MAX_KEPT_LENGTH))],
    ['is too deep', '['.repeat(MAX_ENTRY_DEPTH + 1) + ']'.repeat(MAX_ENTRY_DEPTH + 1)],
  ])('goes on after an entry that %s', async (_, entry) => {
    const text = `{"rooms":{"!r":{"sessions":{"a":1,"b":${entry},"c":3}}}}`
    const entries = await read(text)
    expect(entries.map(({ data }) => data)).toEqual([1, undefined, 3])
  })

  it('asks for no more than is taken, and stops the source', async () => {
    const answer = { rooms: { '!r': { sessions: { a: 'x'.repeat(40_000), b: 1 } } } }
    let pulled = 0
    let stopped = 0
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (const character of JSON.stringify(answer)) {
          pulled += 1
          await Promise.resolve()
          yield encoder.encode(character)
        }
      } finally {
        stopped += 1
      }
    }
    const entries = entriesOfStream(source())
    await entries.next()
    expect(pulled).toBeLessThan(60_000)
    await entries.return(undefined)
    expect(stopped).toBe(1)
  })

  it('passes on what the source throws, after what came before', async () => {
    const reason = new Error('aborted')
    const text = encoder.encode('{"rooms":{"!r":{"sessions":{"a":1,"b":')
    const entries: unknown[] = []
    const reading = async (): Promise<void> => {
      for await (const { data } of entriesOfStream(failingAfter(text, reason))) entries.push(data)
    }
    await expect(reading()).rejects.toBe(reason)
    expect(entries).toEqual([1])
  })

  it('survives every change of a byte: at most two entries, or a typed error', async () => {
    const text = encoder.encode('{"rooms":{"!r":{"sessions":{"s":{"x":"\\n"},"t":2}}}}')
    const results: unknown[] = []
    for (const position of text.keys())
      for (const mask of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const changed = Uint8Array.from(text)
        changed[position] = (changed[position] ?? 0) ^ mask
        const entries = collect(entriesOfStream(cutAt(changed, [])))
        results.push(
          await entries.then(
            ({ length }) => length <= 2,
            (error: unknown) => error instanceof BackupError && error.code === 'malformed_keys',
          ),
        )
      }
    expect(results).toHaveLength(text.length * 8)
    expect(results.every((result) => result === true)).toBe(true)
  })
})

describe('roomEntriesOfStream', () => {
  it('reads the answer for one room', async () => {
    const pieces = cutAt(encoder.encode('{"sessions":{"s":{"x":1}}}'), [5, 9])
    expect(await collect(roomEntriesOfStream(pieces, roomId('!r')))).toEqual([
      { roomId: '!r', sessionId: 's', data: { x: 1 } },
    ])
  })
})
