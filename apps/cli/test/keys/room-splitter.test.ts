/** Bodies taken apart by rooms, against `JSON.parse`. */
import { BackupError } from '@roomkeys/backup'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRoomSplitter } from '../../src/sources/room-splitter.ts'

interface Room {
  readonly name: string
  readonly value: unknown
  readonly entries: number
}

function roomsOf(body: Uint8Array, pieceLength: number): readonly Room[] {
  const splitter = createRoomSplitter()
  const rooms: Room[] = []
  let name = ''
  let pieces: Uint8Array[] = []
  for (let from = 0; from < body.length; from += pieceLength)
    for (const part of splitter.push(body.subarray(from, from + pieceLength))) {
      if (part.type === 'room') ({ name } = part)
      else if (part.type === 'value') pieces.push(part.bytes)
      else {
        const value: unknown = JSON.parse(Buffer.concat(pieces).toString())
        rooms.push({ name: JSON.parse(name) as string, value, entries: part.entries })
        pieces = []
      }
    }
  splitter.end()
  return rooms
}

const session = fc.record({ data: fc.jsonValue() })
const room = fc.record({ sessions: fc.dictionary(fc.string(), session), more: fc.jsonValue() })
const rooms = fc.dictionary(fc.string({ unit: 'grapheme' }), room)

/** `whole`, or the code of the error; any other error goes on. */
function outcomeOf(body: Uint8Array): string {
  const splitter = createRoomSplitter()
  try {
    splitter.push(body)
    splitter.end()
    return 'whole'
  } catch (error) {
    if (error instanceof BackupError) return error.code
    throw error
  }
}

describe('createRoomSplitter', () => {
  test('gives every room with its value, whatever the pieces', () => {
    fc.assert(
      fc.property(rooms, fc.jsonValue(), fc.integer({ min: 1, max: 40 }), (all, more, length) => {
        const body = new TextEncoder().encode(JSON.stringify({ before: more, rooms: all, more }))
        const found = roomsOf(body, length)
        const expected = Object.entries(JSON.parse(JSON.stringify(all)) as typeof all)
        expect(found.map(({ name, value }) => [name, value])).toStrictEqual(expected)
        expect(found.map(({ entries }) => entries)).toStrictEqual(
          expected.map(([, { sessions }]) => Object.keys(sessions).length),
        )
      }),
    )
  })

  test('what is cut off is not whole', () => {
    const body = new TextEncoder().encode('{"rooms":{"!a":{"sessions":{"b":{}}}}}')
    for (let end = 0; end < body.length; end++)
      expect(() => roomsOf(body.subarray(0, end), 7)).toThrow('break off')
    expect(roomsOf(body, 7)).toHaveLength(1)
  })

  test.each(['[]', '1', '"rooms"', '{}x', '{"rooms":{"!a":[]}}', '{"rooms":{"!a":{}}}}'])(
    'refuses %s',
    (text) => {
      expect(() => roomsOf(new TextEncoder().encode(text), 3)).toThrow('not the keys of a backup')
    },
  )

  test('never fails otherwise on any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 200 })
    const noise = fc
      .stringMatching(/^[{}[\]":,\\a ]*$/)
      .map((text) => new TextEncoder().encode(text))
    fc.assert(
      fc.property(fc.oneof(bytes, noise), (body) => {
        expect(['whole', 'malformed_keys']).toContain(outcomeOf(body))
      }),
      { numRuns: 2_000 },
    )
  })
})
