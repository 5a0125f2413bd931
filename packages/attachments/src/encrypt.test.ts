import { describe, expect, test } from 'vitest'
import { pattern } from '../test/known.ts'
import { rejected } from '../test/caught.ts'
import {
  cut,
  drain,
  failingStream,
  readAll,
  silentStream,
  streamOf,
  watchedSource,
} from '../test/streams.ts'
import { encryptAttachment, encryptAttachmentStream } from './encrypt.ts'
import { noblePrimitives } from './primitives.ts'

describe('the description', () => {
  test('is what the specification asks for', async () => {
    const { file } = await encryptAttachment(pattern(100))
    expect(file).toEqual({
      v: 'v2',
      key: {
        kty: 'oct',
        key_ops: ['encrypt', 'decrypt'],
        alg: 'A256CTR',
        k: expect.stringMatching(/^[\w-]{43}$/) as string,
        ext: true,
      },
      iv: expect.stringMatching(/^[A-Za-z0-9+/]{10}[AEIMQUYcgkosw048]A{11}$/) as string,
      hashes: { sha256: expect.stringMatching(/^[A-Za-z0-9+/]{43}$/) as string },
    })
  })

  test('has a new key and iv each time', async () => {
    const files = await Promise.all(
      Array.from({ length: 100 }, async () => (await encryptAttachment(pattern(1))).file),
    )
    expect(new Set(files.map(({ key }) => key.k)).size).toBe(100)
    expect(new Set(files.map(({ iv }) => iv)).size).toBe(100)
  })

  test('needs random bytes of the right length', async () => {
    const random = (): Uint8Array<ArrayBuffer> => new Uint8Array(16)
    await expect(encryptAttachment(pattern(1), { random })).rejects.toThrow(TypeError)
    await expect(
      encryptAttachment(pattern(1), { random, primitives: noblePrimitives }),
    ).rejects.toThrow(TypeError)
  })
})

describe('a stream', () => {
  test('is not read before somebody asks, and one chunk at a time', async () => {
    const source = watchedSource(cut(pattern(1000), [100, 100, 100]))
    const { readable } = encryptAttachmentStream(source.stream)
    await Promise.resolve()
    expect(source.asked()).toBe(0)
    const reader = readable.getReader()
    expect((await reader.read()).value).toHaveLength(100)
    expect(source.asked()).toBe(1)
    expect((await reader.read()).value).toHaveLength(100)
    expect(source.asked()).toBe(2)
  })

  test('comes in pieces of bounded length, whatever it is read from', async () => {
    const { readable, finished } = encryptAttachmentStream(streamOf(pattern(1_000_000)))
    const { chunks } = await drain(readable)
    expect(chunks.map(({ length }) => length)).toEqual([262_144, 262_144, 262_144, 213_568])
    expect(chunks.every(({ buffer }) => buffer.byteLength <= 262_144)).toBe(true)
    expect(await finished).toHaveProperty('v', 'v2')
  })

  test('without an end is read chunk by chunk', async () => {
    const chunk = pattern(1000)
    const source = watchedSource(
      (function* () {
        for (;;) yield chunk
      })(),
    )
    const { readable } = encryptAttachmentStream(source.stream)
    const reader = readable.getReader()
    for (let read = 1; read <= 100; read++) {
      expect((await reader.read()).value).toHaveLength(1000)
      expect(source.asked()).toBe(read)
    }
  })

  test('fails with its source, and so does the description', async () => {
    const error = new Error('The disk is gone')
    const { readable, finished } = encryptAttachmentStream(failingStream(pattern(10), error))
    expect(await drain(readable)).toMatchObject({ chunks: [{ length: 10 }], error })
    await expect(finished).rejects.toBe(error)
  })

  test('that is cancelled tells its source, and has no description', async () => {
    const source = watchedSource(cut(pattern(100), [50]))
    const { readable, finished } = encryptAttachmentStream(source.stream)
    const reader = readable.getReader()
    await reader.read()
    await reader.cancel('enough')
    expect(source.cancelledWith).toEqual(['enough'])
    expect(await rejected(finished)).toMatchObject({ code: 'cancelled', cause: 'enough' })
  })

  test('that is cancelled while it waits has no description either', async () => {
    const { readable, finished } = encryptAttachmentStream(silentStream())
    const reader = readable.getReader()
    const read = reader.read()
    await reader.cancel('enough')
    expect((await read).done).toBe(true)
    expect(await rejected(finished)).toMatchObject({ code: 'cancelled' })
  })

  test('that is aborted fails with the reason, even while it waits', async () => {
    const controller = new AbortController()
    const reason = new Error('The user went away')
    const { readable, finished } = encryptAttachmentStream(silentStream(), {
      signal: controller.signal,
    })
    const drained = drain(readable)
    controller.abort(reason)
    expect((await drained).error).toBe(reason)
    await expect(finished).rejects.toBe(reason)
  })

  test('that was aborted before is not read', async () => {
    const source = watchedSource([pattern(10)])
    const signal = AbortSignal.abort(new Error('Too late'))
    const { readable } = encryptAttachmentStream(source.stream, { signal })
    expect((await drain(readable)).error).toBe(signal.reason)
    expect(source.asked()).toBe(0)
    expect(source.cancelledWith).toEqual([signal.reason])
  })

  test('of anything but bytes fails', async () => {
    const strings = new ReadableStream<never>({
      start: (controller) => {
        controller.enqueue('text' as never)
      },
    })
    const { readable, finished } = encryptAttachmentStream(strings)
    expect((await drain(readable)).error).toBeInstanceOf(TypeError)
    await expect(finished).rejects.toThrow(TypeError)
  })

  test.each([
    ['bytes', new Uint8Array(300_000)],
    ['a Buffer', Buffer.alloc(300_000)],
  ])('may be read into the same %s again and again', async (_, memory) => {
    const reused = (function* () {
      for (const value of [1, 2, 3]) yield memory.fill(value)
    })()
    const random = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length)
    const { readable } = encryptAttachmentStream(watchedSource(reused).stream, { random })
    const whole = new Uint8Array(900_000).map((_, position) => 1 + Math.floor(position / 300_000))
    const { ciphertext } = await encryptAttachment(whole, { random })
    expect(Buffer.compare(await readAll(readable), ciphertext)).toBe(0)
  })
})
