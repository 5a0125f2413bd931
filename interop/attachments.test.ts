import {
  type CiphertextPart,
  decryptAttachment,
  decryptAttachmentBuffered,
  decryptAttachmentStream,
  decryptUnverifiedRange,
  decryptUnverifiedUntilEnd,
  encryptAttachment,
  type EncryptedFile,
  encryptAttachmentStream,
  noblePrimitives,
  platformPrimitives,
  type Primitives,
} from '@roomkeys/attachments'
import fc from 'fast-check'
import { createCipheriv } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { wasmDecryptAttachment, wasmEncryptAttachment } from './peers/wasm-attachments.ts'
import { initWasm } from './peers/wasm.ts'
import { CASES, seeded } from './seed.ts'

beforeAll(initWasm)

const LARGEST = 5_000_000

const sizes = fc.oneof(
  { weight: 70, arbitrary: fc.nat(300) },
  { weight: 15, arbitrary: fc.nat(20_000) },
  { weight: 11, arbitrary: fc.nat(600_000) },
  { weight: 4, arbitrary: fc.integer({ min: 3_000_000, max: LARGEST }) },
)

interface Draw {
  readonly size: number
  readonly seed: number
  /** Lengths that streams are cut into, over and over. */
  readonly chunks: readonly number[]
  readonly primitives: Primitives
}

const draws: fc.Arbitrary<Draw> = fc.record({
  size: sizes,
  seed: fc.nat(),
  chunks: fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 5 }),
  primitives: fc.constantFrom(noblePrimitives, platformPrimitives()),
})

/** Bytes that no two seeds have in common. */
function contentOf({ size, seed }: Draw): Uint8Array {
  const key = Buffer.alloc(16)
  key.writeUInt32BE(seed)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(new Uint8Array(size))
}

function streamOf(bytes: Uint8Array, { chunks }: Draw): ReadableStream<Uint8Array> {
  let from = 0
  let turn = 0
  return new ReadableStream({
    pull: (controller) => {
      if (from >= bytes.length) {
        controller.close()
        return
      }
      const end = from + (chunks[turn++ % chunks.length] ?? 1)
      controller.enqueue(bytes.subarray(from, end))
      from = end
    },
  })
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}

test('what we encrypt, as a whole and as a stream, the Rust stack decrypts', async () => {
  await fc.assert(
    fc.asyncProperty(draws, async (draw) => {
      const plaintext = contentOf(draw)
      const whole = await encryptAttachment(plaintext, draw)
      expect(same(wasmDecryptAttachment(whole.ciphertext, whole.file), plaintext)).toBe(true)
      const { readable, finished } = encryptAttachmentStream(streamOf(plaintext, draw), draw)
      const ciphertext = await readAll(readable)
      expect(same(wasmDecryptAttachment(ciphertext, await finished), plaintext)).toBe(true)
    }),
    seeded,
  )
})

/** A part of the ciphertext, and a range in it, as the seed has it. */
function rangeOf(ciphertext: Uint8Array, { seed }: Draw) {
  const places = [3, 5, 7, 11].map((factor) => (seed * factor) % (ciphertext.length + 1))
  const [offset = 0, start = 0, end = 0, last = 0] = places.toSorted((a, b) => a - b)
  const part: CiphertextPart = { ciphertext: ciphertext.subarray(offset, last), offset }
  return { part, start, end }
}

test('what the Rust stack encrypts, we decrypt in every way', async () => {
  await fc.assert(
    fc.asyncProperty(draws, async (draw) => {
      const plaintext = contentOf(draw)
      const { ciphertext, file } = wasmEncryptAttachment(plaintext)
      const { size, primitives } = draw
      const options = { size, primitives }
      const open = (): ReadableStream<Uint8Array> => streamOf(ciphertext, draw)
      const results = [
        await decryptAttachment(ciphertext, file, options),
        await decryptAttachmentBuffered(open(), file, options),
        await readAll(await decryptAttachmentStream(open, file, options)),
        await readAll(decryptUnverifiedUntilEnd(open(), file, options)),
      ]
      expect(results.map((result) => same(result, plaintext))).toEqual([true, true, true, true])
      const { part, start, end } = rangeOf(ciphertext, draw)
      const range = await decryptUnverifiedRange(part, file, { start, end, primitives })
      expect(same(range, plaintext.subarray(start, end))).toBe(true)
    }),
    seeded,
  )
})

test('a changed file is refused by both', async () => {
  const changes = fc.record({ draw: draws, place: fc.nat(), bit: fc.nat(7) })
  await fc.assert(
    fc.asyncProperty(changes, async ({ draw, place, bit }) => {
      fc.pre(draw.size > 0 && draw.size <= 20_000)
      const { ciphertext, file } = wasmEncryptAttachment(contentOf(draw))
      const at = place % ciphertext.length
      const changed = ciphertext.with(at, (ciphertext[at] ?? 0) ^ (1 << bit))
      expect(() => wasmDecryptAttachment(changed, file)).toThrow('Hash mismatch')
      await expect(decryptAttachment(changed, file, draw)).rejects.toMatchObject({
        code: 'hash_mismatch',
      })
    }),
    seeded,
  )
})

test.each([
  ['another version', (file: EncryptedFile) => ({ ...file, v: 'v3' })],
  ['no hash', (file: EncryptedFile) => ({ ...file, hashes: {} })],
  ['a short iv', (file: EncryptedFile) => ({ ...file, iv: 'AAAA' })],
  ['a short key', (file: EncryptedFile) => ({ ...file, key: { ...file.key, k: 'AAAA' } })],
])('a description with %s is refused by both', async (_, change) => {
  const { ciphertext, file } = wasmEncryptAttachment(new Uint8Array(100))
  expect(() => wasmDecryptAttachment(ciphertext, change(file))).toThrow()
  await expect(decryptAttachment(ciphertext, change(file))).rejects.toHaveProperty('code')
})

test('files of all sizes are among the cases', () => {
  const drawn = fc.sample(draws, seeded).map(({ size }) => size)
  expect(drawn).toHaveLength(CASES)
  expect(drawn.filter((size) => size < 17).length).toBeGreaterThan(5)
  expect(drawn.filter((size) => size >= 3_000_000).length).toBeGreaterThan(2)
})
