/** However a stream is cut, the same comes out. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decryptAttachmentBuffered,
  decryptAttachmentStream,
  decryptUnverifiedRange,
  decryptUnverifiedUntilEnd,
  encryptAttachment,
  encryptAttachmentStream,
} from '../src/index.ts'
import { KEY, pattern } from './known.ts'
import { cut, readAll, streamOf } from './streams.ts'
import { providers } from './vectors.ts'

/** The same key and iv each time: what is compared must not differ in them. */
const random = (length: number): Uint8Array<ArrayBuffer> => KEY.slice(0, length)

const lengths = fc.array(fc.oneof(fc.nat(40), fc.nat(2000)), { maxLength: 12 })
const size = fc.oneof(fc.nat(100), fc.nat(8000))

describe.each(providers)('with %s', (_, primitives) => {
  test('short files', async () => {
    await fc.assert(
      fc.asyncProperty(size, lengths, lengths, async (size, first, second) => {
        const plaintext = pattern(size)
        const options = { primitives, random }
        const { ciphertext, file } = await encryptAttachment(plaintext, options)
        const encrypting = encryptAttachmentStream(streamOf(...cut(plaintext, first)), options)
        expect(await readAll(encrypting.readable)).toEqual(ciphertext)
        expect(await encrypting.finished).toEqual(file)
        const open = (): ReadableStream<Uint8Array> => streamOf(...cut(ciphertext, second))
        const decrypting = { primitives, size }
        expect(await decryptAttachmentBuffered(open(), file, decrypting)).toEqual(plaintext)
        expect(await readAll(decryptUnverifiedUntilEnd(open(), file, decrypting))).toEqual(
          plaintext,
        )
        let opened = 0
        const reopen = (): ReadableStream<Uint8Array> =>
          streamOf(...cut(ciphertext, opened++ === 0 ? first : second))
        const verified = await decryptAttachmentStream(reopen, file, decrypting)
        expect(await readAll(verified)).toEqual(plaintext)
      }),
    )
  })

  test.each([262_143, 262_144, 262_145, 524_288, 700_001])('%i bytes', async (size) => {
    const plaintext = pattern(size)
    const { ciphertext, file } = await encryptAttachment(plaintext, { primitives, random })
    for (const chunks of [[], [1], [100_000, 162_144], [262_144], [0, 524_287, 0]]) {
      const source = streamOf(...cut(plaintext, chunks))
      const encrypting = encryptAttachmentStream(source, { primitives, random })
      expect(await readAll(encrypting.readable)).toEqual(ciphertext)
      expect(await encrypting.finished).toEqual(file)
      const open = (): ReadableStream<Uint8Array> => streamOf(...cut(ciphertext, chunks))
      const verified = await decryptAttachmentStream(open, file, { primitives })
      expect(await readAll(verified)).toEqual(plaintext)
      const unverified = decryptUnverifiedUntilEnd(open(), file, { primitives })
      expect(await readAll(unverified)).toEqual(plaintext)
    }
  })

  test('any range, out of any part', async () => {
    const plaintext = pattern(3000)
    const { ciphertext, file } = await encryptAttachment(plaintext, { primitives })
    const range = fc
      .tuple(fc.nat(3000), fc.nat(3000), fc.nat(3000), fc.nat(3000))
      .map((places) => places.toSorted((a, b) => a - b))
    await fc.assert(
      fc.asyncProperty(range, async ([offset = 0, start = 0, end = 0, last = 0]) => {
        const part = { ciphertext: ciphertext.subarray(offset, last), offset }
        const decrypted = await decryptUnverifiedRange(part, file, { start, end, primitives })
        expect(decrypted).toEqual(plaintext.subarray(start, end))
      }),
    )
  })
})
