import { describe, expect, test } from 'vitest'
import { caught, rejected } from '../test/caught.ts'
import { pattern } from '../test/known.ts'
import { cut, drain, silentStream, streamOf, watchedSource } from '../test/streams.ts'
import { decryptUnverifiedRange, decryptUnverifiedUntilEnd } from './decrypt-unverified.ts'
import { encryptAttachment } from './encrypt.ts'

const plaintext = pattern(5000)
const { ciphertext, file } = await encryptAttachment(plaintext)

describe('a stream', () => {
  test('gives each piece as it comes, and the error at the end', async () => {
    const changed = ciphertext.with(0, (ciphertext[0] ?? 0) ^ 0xff)
    const stream = streamOf(...cut(changed, [1000, 3000]))
    const { chunks, error } = await drain(decryptUnverifiedUntilEnd(stream, file))
    expect(chunks.map(({ length }) => length)).toEqual([1000, 3000, 1000])
    const released = Buffer.concat(chunks)
    expect(released.equals(plaintext.with(0, (plaintext[0] ?? 0) ^ 0xff))).toBe(true)
    expect(error).toMatchObject({ code: 'hash_mismatch' })
  })

  test('tells a cut file where its size is known', async () => {
    const stream = streamOf(ciphertext.subarray(0, 4999))
    const { error } = await drain(decryptUnverifiedUntilEnd(stream, file, { size: 5000 }))
    expect(error).toMatchObject({ code: 'truncated' })
  })

  test('stops past the size', async () => {
    const source = watchedSource(cut(ciphertext, [1000, 1000]))
    const { chunks, error } = await drain(
      decryptUnverifiedUntilEnd(source.stream, file, { size: 1999 }),
    )
    expect(error).toMatchObject({ code: 'too_long' })
    expect(chunks).toHaveLength(1)
    expect(source.cancelledWith).toEqual([error])
  })

  test('is left alone when the description is not usable', () => {
    const stream = streamOf(ciphertext)
    const error = caught(() => decryptUnverifiedUntilEnd(stream, { ...file, v: 'v9' }))
    expect(error.code).toBe('unsupported_version')
    expect(stream.locked).toBe(false)
  })

  test('can be aborted while it waits', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const drained = drain(decryptUnverifiedUntilEnd(silentStream(), file, { signal }))
    controller.abort(new Error('Enough'))
    expect((await drained).error).toBe(signal.reason)
  })
})

describe('a range', () => {
  const part = { ciphertext: ciphertext.subarray(100, 200), offset: 100 }

  test('is the whole part by default', async () => {
    expect(await decryptUnverifiedRange(part, file)).toEqual(plaintext.subarray(100, 200))
  })

  test('may be empty', async () => {
    const range = { start: 150, end: 150 }
    expect(await decryptUnverifiedRange(part, file, range)).toEqual(new Uint8Array())
  })

  test('that goes past the part is truncated', async () => {
    const range = { start: 150, end: 201 }
    const error = await rejected(decryptUnverifiedRange(part, file, range))
    expect(error).toMatchObject({ code: 'truncated', retryable: true })
  })

  test.each([
    { start: 99 },
    { start: 150, end: 149 },
    { start: 150.5 },
    { end: Number.NaN },
    { start: -1 },
    { end: 99 },
  ])('%j is refused', async (range) => {
    await expect(decryptUnverifiedRange(part, file, range)).rejects.toThrow(TypeError)
  })

  test('needs an offset that is one', async () => {
    const elsewhere = { ...part, offset: -16 }
    await expect(decryptUnverifiedRange(elsewhere, file)).rejects.toThrow(TypeError)
  })

  test('needs a usable description', async () => {
    const error = await rejected(decryptUnverifiedRange(part, { ...file, iv: '' }))
    expect(error.code).toBe('malformed_iv')
  })
})
