import { expect, test, vi } from 'vitest'
import { hmacSha256 } from './hmac.ts'
import { keepImported } from './kept-key.ts'

const fingerprint = (key: Uint8Array) => hmacSha256(key, new Uint8Array())

test('the same bytes are imported once', () => {
  const importKey = vi.fn((key: Uint8Array) => key[0])
  const imported = keepImported(importKey, fingerprint)
  const key = new Uint8Array(32).fill(1)
  expect([imported(key), imported(key), imported(key)]).toEqual([1, 1, 1])
  expect(importKey).toHaveBeenCalledTimes(1)
})

test('bytes that were overwritten are what they are now', () => {
  const imported = keepImported((key) => key[0], fingerprint)
  const key = new Uint8Array(32).fill(1)
  expect(imported(key)).toBe(1)
  key.fill(2)
  expect(imported(key)).toBe(2)
  key.fill(0)
  expect(imported(key)).toBe(0)
})

test('two keys do not push each other out', () => {
  const importKey = vi.fn((key: Uint8Array) => key[0])
  const imported = keepImported(importKey, fingerprint)
  const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  expect([one, two, one, two].map(imported)).toEqual([1, 2, 1, 2])
  expect(importKey).toHaveBeenCalledTimes(2)
})

test('an import that fails is tried again', () => {
  const importKey = vi.fn<(key: Uint8Array) => number>()
  importKey.mockImplementationOnce(() => {
    throw new TypeError('no key')
  })
  importKey.mockReturnValue(5)
  const imported = keepImported(importKey, fingerprint)
  const key = new Uint8Array(32)
  expect(() => imported(key)).toThrow('no key')
  expect(imported(key)).toBe(5)
})
