import { joinBytes } from '@roomkeys/crypto/bytes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collect, cutAt, encoder, failingAfter } from '../../test/entry-stream-pieces.ts'
import { BackupError } from '../errors.ts'
import { MAX_KEPT_LENGTH } from './cursor.ts'
import { entriesOfStream } from './read-entries.ts'
import { type RoomPart, roomsOfStream } from './read-rooms.ts'

interface Room {
  readonly id: string
  readonly text: string
  readonly offset: number
  readonly entries: number
}

/** The whole rooms of the parts; those that break off are left out. */
function wholeRooms(parts: readonly RoomPart[]): readonly Room[] {
  const rooms: Room[] = []
  let id = ''
  let pieces: Uint8Array[] = []
  for (const part of parts) {
    if (part.type === 'room') [id, pieces] = [part.roomId, []]
    else if (part.type === 'bytes') pieces.push(part.bytes)
    else {
      const { offset, entries } = part
      rooms.push({ id, text: new TextDecoder().decode(joinBytes(pieces)), offset, entries })
    }
  }
  return rooms
}

async function roomsOf(bytes: Uint8Array, ends: readonly number[] = []): Promise<readonly Room[]> {
  return wholeRooms(await collect(roomsOfStream(cutAt(bytes, ends))))
}

/** What comes before the reading ends, and how it ends. */
async function readUntilEnd<T>(items: AsyncIterable<T>): Promise<[readonly T[], unknown]> {
  const read: T[] = []
  try {
    for await (const item of items) read.push(item)
    return [read, 'whole']
  } catch (error) {
    return [read, error instanceof BackupError ? error.message : error]
  }
}

const session = fc.jsonValue()
const room = fc.record({
  sessions: fc.dictionary(fc.string({ unit: 'binary' }), session),
  more: fc.jsonValue(),
})
const answers = fc.record({
  before: fc.jsonValue(),
  rooms: fc.dictionary(fc.string({ unit: 'binary' }), room),
  after: fc.jsonValue(),
})

describe('roomsOfStream', () => {
  it('gives every room with its value, wherever the pieces end', async () => {
    const spaces = fc.constantFrom(undefined, 1, '\t', '\r\n ')
    const cuts = fc.array(fc.nat(), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(answers, spaces, cuts, async (answer, space, cut) => {
        const bytes = encoder.encode(JSON.stringify(answer, null, space))
        const whole = JSON.parse(new TextDecoder().decode(bytes)) as typeof answer
        const found = await roomsOf(
          bytes,
          cut.map((one) => one % (bytes.length + 1)),
        )
        expect(found.map(({ id, text }) => [id, JSON.parse(text) as unknown])).toEqual(
          Object.entries(whole.rooms),
        )
        expect(found.map(({ entries }) => entries)).toEqual(
          Object.values(whole.rooms).map(({ sessions }) => Object.keys(sessions).length),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('gives the bytes as they came, and where they end, also byte by byte', async () => {
    const values = [' { "sessions" :{"s":{"a":tru}, "s":[1}} }', '{"sessions":{},"x":"\\"}€😀"}']
    const text = `{"rooms":{"!a":${values.join(',"\\u0021b":')}}}`
    const bytes = encoder.encode(text)
    const ends = values.map((value) => {
      const end = text.indexOf(value) + value.length
      return encoder.encode(text.slice(0, end)).length
    })
    const expected = [
      { id: '!a', text: values[0]?.trim(), offset: ends[0], entries: 2 },
      { id: '!b', text: values[1], offset: ends[1], entries: 0 },
    ]
    expect(await roomsOf(bytes)).toEqual(expected)
    expect(await roomsOf(bytes, Array.from(bytes.keys()))).toEqual(expected)
  })

  it('counts its offsets from the beginning, past what is forgotten', async () => {
    const rooms = Array.from({ length: 9 }, (_, i) => [
      `!${i}`,
      { sessions: { s: 'x'.repeat(9_999) } },
    ])
    const text = JSON.stringify({ rooms: Object.fromEntries(rooms) as unknown })
    for (const { offset, text: value } of await roomsOf(encoder.encode(text)))
      expect(text.slice(offset - value.length, offset)).toBe(value)
    expect(await roomsOf(encoder.encode(text))).toHaveLength(9)
  })

  it('passes on what is too long to keep, piece by piece', async () => {
    const value = JSON.stringify({ sessions: { s: 'x'.repeat(4 * MAX_KEPT_LENGTH) } })
    const parts = await collect(
      roomsOfStream(cutAt(encoder.encode(`{"rooms":{"!r":${value}}}`), [])),
    )
    const lengths = parts.map((part) => (part.type === 'bytes' ? part.bytes.length : 0))
    expect(Math.max(...lengths)).toBeLessThan(40_000)
    expect(wholeRooms(parts)).toMatchObject([{ id: '!r', text: value, entries: 1 }])
  })

  it('gives the rooms before a break, whole, at every byte', async () => {
    const values = ['{"sessions":{"s":1}}', '{"sessions":{"t":2}}']
    const text = `{"rooms":{"!a":${values.join(',"!b":')}}}`
    const reason = new Error('aborted')
    for (let length = 0; length < text.length; length++) {
      const bytes = encoder.encode(text.slice(0, length))
      const before = values.filter((value) => text.indexOf(value) + value.length <= length)
      const [parts, end] = await readUntilEnd(roomsOfStream(failingAfter(bytes, reason)))
      expect(end).toBe(reason)
      expect(wholeRooms(parts).map((one) => one.text)).toEqual(before)
      const [cut, why] = await readUntilEnd(roomsOfStream(cutAt(bytes, [])))
      expect(why).toContain('break off')
      expect(wholeRooms(cut).map((one) => one.text)).toEqual(before)
    }
  })

  it('refuses what entriesOfStream refuses, and counts what it gives', async () => {
    const noise = fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          '"',
          ':',
          ',',
          '\\',
          ' ',
          '1',
          '{"rooms":{',
          '"!r":{"sessions":{',
          '"s":{}',
          '}}}}',
        ),
        { maxLength: 12 },
      )
      .map((parts) => encoder.encode(parts.join('')))
    const changed = fc.tuple(answers, fc.nat(), fc.nat(255)).map(([answer, place, byte]) => {
      const bytes = encoder.encode(JSON.stringify(answer))
      bytes[place % bytes.length] = byte
      return bytes
    })
    await fc.assert(
      fc.asyncProperty(fc.oneof(noise, changed, fc.uint8Array()), async (bytes) => {
        const [entries, end] = await readUntilEnd(entriesOfStream(cutAt(bytes, [])))
        const [parts, same] = await readUntilEnd(roomsOfStream(cutAt(bytes, [])))
        expect(same).toBe(end)
        expect(end).toSatisfy((one) => typeof one === 'string')
        const count = wholeRooms(parts).reduce((sum, one) => sum + one.entries, 0)
        expect(count).toBe(end === 'whole' ? entries.length : count)
        expect(count).toBeLessThanOrEqual(entries.length)
      }),
      { numRuns: 2_000 },
    )
  })
})
