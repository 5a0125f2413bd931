import { describe, expect, test } from 'vitest'
import { rejected } from '../test/caught.ts'
import { pattern } from '../test/known.ts'
import {
  cut,
  drain,
  failingStream,
  silentStream,
  streamOf,
  watchedSource,
} from '../test/streams.ts'
import {
  decryptAttachment,
  decryptAttachmentBuffered,
  decryptAttachmentStream,
  MAX_BUFFERED_LENGTH,
} from './decrypt.ts'
import { encryptAttachment } from './encrypt.ts'
import { noblePrimitives } from './primitives.ts'

const plaintext = pattern(600_000)
const { ciphertext, file } = await encryptAttachment(plaintext)

function flipped(position: number): Uint8Array {
  return ciphertext.with(position, (ciphertext[position] ?? 0) ^ 1)
}

describe('a file in memory', () => {
  test('is told to be cut or too long where its size is known', async () => {
    const size = ciphertext.length
    const short = ciphertext.subarray(1)
    expect(await rejected(decryptAttachment(short, file, { size }))).toMatchObject({
      code: 'truncated',
      retryable: true,
    })
    const long = Uint8Array.of(...ciphertext.subarray(0, 100))
    const error = await rejected(decryptAttachment(long, file, { size: 99 }))
    expect(error).toMatchObject({ code: 'too_long', retryable: true })
  })

  test.each([
    ['bytes', (bytes: Uint8Array) => Uint8Array.from(bytes)],
    ['a Buffer', (bytes: Uint8Array) => Buffer.from(bytes)],
  ])('in %s may be overwritten meanwhile', async (_, copy) => {
    const own = copy(ciphertext)
    const decrypting = decryptAttachment(own, file)
    own.fill(0)
    expect(await decrypting).toEqual(plaintext)
  })

  test.each([-1, 1.5, Number.NaN])('a size of %d is refused', async (size) => {
    await expect(decryptAttachment(ciphertext, file, { size })).rejects.toThrow(TypeError)
  })

  test('needs a usable description', async () => {
    const error = await rejected(decryptAttachment(ciphertext, { ...file, hashes: {} }))
    expect(error).toMatchObject({ code: 'missing_hash', retryable: false })
  })
})

describe('a buffered stream', () => {
  test('holds no more than it may', async () => {
    const source = watchedSource(cut(ciphertext, [1000, 1000, 1000]))
    const options = { maxLength: 1500 }
    const error = await rejected(decryptAttachmentBuffered(source.stream, file, options))
    expect(error.code).toBe('over_limit')
    expect(source.asked()).toBe(2)
    expect(source.cancelledWith).toEqual([error])
  })

  test('may be as long as the limit', async () => {
    const options = { maxLength: ciphertext.length }
    expect(await decryptAttachmentBuffered(streamOf(ciphertext), file, options)).toEqual(plaintext)
    expect(MAX_BUFFERED_LENGTH).toBe(100 * 1024 * 1024)
  })

  test('may come byte by byte, in more pieces than a call takes arguments', async () => {
    const long = await encryptAttachment(new Uint8Array(200_000))
    let at = 0
    const bytes = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (at === long.ciphertext.length) controller.close()
        else controller.enqueue(long.ciphertext.subarray(at, ++at))
      },
    })
    expect(await decryptAttachmentBuffered(bytes, long.file)).toHaveLength(200_000)
  })

  test('ends where the event says that it ends', async () => {
    const source = watchedSource(cut(ciphertext, [1000, 1000, 1000]))
    const error = await rejected(decryptAttachmentBuffered(source.stream, file, { size: 1500 }))
    expect(error.code).toBe('too_long')
    expect(source.asked()).toBe(2)
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    'a limit of %d is refused',
    async (limit) => {
      const options = { maxLength: limit }
      await expect(decryptAttachmentBuffered(streamOf(), file, options)).rejects.toThrow(TypeError)
    },
  )

  test('can be aborted while it waits', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const decrypting = decryptAttachmentBuffered(silentStream(), file, { signal })
    controller.abort(new Error('Enough'))
    await expect(decrypting).rejects.toBe(signal.reason)
  })

  test('fails as its source does', async () => {
    const error = new Error('The line is dead')
    const source = failingStream(ciphertext, error)
    await expect(decryptAttachmentBuffered(source, file)).rejects.toBe(error)
  })
})

describe('a stream that is read twice', () => {
  test('releases nothing, and is opened once, when the first reading is wrong', async () => {
    let opened = 0
    const open = (): ReadableStream<Uint8Array> => {
      opened += 1
      return streamOf(flipped(599_999))
    }
    const error = await rejected(decryptAttachmentStream(open, file))
    expect(error.code).toBe('hash_mismatch')
    expect(opened).toBe(1)
  })

  test.each([
    ['changed at the beginning', flipped(0), 0],
    ['changed in the second piece', flipped(262_144), 262_144],
    ['changed at the end', flipped(599_999), 524_288],
    ['cut within a piece', ciphertext.subarray(0, 300_000), 262_144],
    ['cut between pieces', ciphertext.subarray(0, 524_288), 524_288],
    ['longer', Uint8Array.from([...ciphertext, 1]), 524_288],
    ['empty', new Uint8Array(), 0],
  ])('releases only what is the same again: %s', async (_, second, released) => {
    for (const options of [{}, { primitives: noblePrimitives }]) {
      const readings = [ciphertext, second]
      const open = (): ReadableStream<Uint8Array> => streamOf(readings.shift() ?? new Uint8Array())
      const { chunks, error } = await drain(await decryptAttachmentStream(open, file, options))
      expect(error).toMatchObject({ code: 'source_changed', retryable: true })
      expect(Buffer.concat(chunks).equals(plaintext.subarray(0, released))).toBe(true)
    }
  })

  test('holds one piece at a time', async () => {
    const readings = [1, 2].map(() => watchedSource(cut(ciphertext, new Array(59).fill(10_000))))
    let opened = 0
    const open = (): ReadableStream<Uint8Array> => readings[opened++]?.stream ?? streamOf()
    const reader = (await decryptAttachmentStream(open, file)).getReader()
    expect(readings.map(({ asked }) => asked())).toEqual([61, 0])
    expect((await reader.read()).value).toHaveLength(262_144)
    expect(readings[1]?.asked()).toBe(27)
    await reader.cancel('enough')
    expect(readings[1]?.cancelledWith).toEqual(['enough'])
  })

  test('stops at the first byte past the size', async () => {
    const source = watchedSource(cut(ciphertext, [300_000, 100_000]))
    const error = await rejected(
      decryptAttachmentStream(() => source.stream, file, { size: 200_000 }),
    )
    expect(error.code).toBe('too_long')
    expect(source.cancelledWith).toEqual([error])
  })

  test('can be aborted in the first and in the second reading', async () => {
    const first = new AbortController()
    const verifying = decryptAttachmentStream(silentStream, file, { signal: first.signal })
    first.abort(new Error('First'))
    await expect(verifying).rejects.toBe(first.signal.reason)

    const second = new AbortController()
    const readings = [streamOf(ciphertext), silentStream()]
    const open = (): ReadableStream<Uint8Array> => readings.shift() ?? streamOf()
    const drained = drain(await decryptAttachmentStream(open, file, { signal: second.signal }))
    second.abort(new Error('Second'))
    expect((await drained).error).toBe(second.signal.reason)
  })

  test('is not opened when it was aborted before', async () => {
    const signal = AbortSignal.abort(new Error('Too late'))
    const open = (): never => {
      throw new Error('Opened')
    }
    await expect(decryptAttachmentStream(open, file, { signal })).rejects.toBe(signal.reason)
  })

  test('fails when it cannot be opened again', async () => {
    const readings = [streamOf(ciphertext)]
    const error = new Error('Gone')
    const open = (): ReadableStream<Uint8Array> => {
      const stream = readings.shift()
      if (stream === undefined) throw error
      return stream
    }
    await expect(decryptAttachmentStream(open, file)).rejects.toBe(error)
  })
})
