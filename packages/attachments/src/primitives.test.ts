import { afterEach, describe, expect, test, vi } from 'vitest'
import { KEY, pattern } from '../test/known.ts'
import { noblePrimitives, platformPrimitives, webCryptoPrimitives } from './primitives.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the platform', () => {
  test('is used where it is', async () => {
    const encrypt = vi.spyOn(crypto.subtle, 'encrypt')
    await platformPrimitives().aesCtr(KEY)(new Uint8Array(16), pattern(3))
    expect(encrypt).toHaveBeenCalledOnce()
    encrypt.mockRestore()
  })

  test.each([undefined, {}, { subtle: undefined }])('is done without where it is %j', (stub) => {
    vi.stubGlobal('crypto', stub)
    expect(platformPrimitives()).toBe(noblePrimitives)
  })

  test('imports a key once, when it is needed', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const cipher = webCryptoPrimitives(crypto.subtle).aesCtr(KEY)
    expect(importKey).not.toHaveBeenCalled()
    const counter = new Uint8Array(16)
    await Promise.all([cipher(counter, pattern(1)), cipher(counter, pattern(2))])
    expect(importKey).toHaveBeenCalledOnce()
    importKey.mockRestore()
  })
})

describe('all providers', () => {
  test.each([0, 1, 15, 16, 17, 4096, 100_003])('give the same for %i bytes', async (length) => {
    const data = pattern(length)
    const counter = pattern(16)
    const platform = webCryptoPrimitives(crypto.subtle)
    const encrypted = await noblePrimitives.aesCtr(KEY)(counter, data)
    expect(await platform.aesCtr(KEY)(counter, data)).toEqual(encrypted)
    const hash = await noblePrimitives.sha256(data)
    expect(await platform.sha256(data)).toEqual(hash)
    const hashing = platform.startSha256()
    hashing.update(data.subarray(0, length / 2))
    hashing.update(data.subarray(length / 2))
    expect(hashing.digest()).toEqual(hash)
  })
})
