/** JSON lines and arrays, in pieces of any length. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonValue, jsonValues } from '../../src/sources/json-values.ts'

async function* inPieces(text: string, length: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let from = 0; from < bytes.length; from += length)
    yield await Promise.resolve(bytes.subarray(from, from + length))
}

async function read(text: string, length: number): Promise<readonly JsonValue[]> {
  const values: JsonValue[] = []
  for await (const value of jsonValues(inPieces(text, length))) values.push(value)
  return values
}

const objects = fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()))
const lengths = fc.integer({ min: 1, max: 30 })

describe('jsonValues', () => {
  test('reads lines and arrays alike', async () => {
    await fc.assert(
      fc.asyncProperty(objects, lengths, async (values, length) => {
        const plain = JSON.parse(JSON.stringify(values)) as readonly unknown[]
        const expected = plain.map((value, position) => ({ position, value }))
        const lines = values.map((value) => `${JSON.stringify(value)}\r\n`).join('\n')
        expect(await read(lines, length)).toStrictEqual(expected)
        expect(await read(JSON.stringify(values, null, 1), length)).toStrictEqual(expected)
      }),
    )
  })

  test('a line that is no JSON costs no other', async () => {
    expect(await read('{}\nx\n1', 2)).toStrictEqual([
      { position: 0, value: {} },
      { position: 1, malformed: true },
      { position: 2, value: 1 },
    ])
  })

  test('an array that breaks off is refused', async () => {
    await expect(read('[1,\n2', 2)).rejects.toThrow('no JSON array')
  })
})
