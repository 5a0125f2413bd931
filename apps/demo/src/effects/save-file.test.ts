import { expect, it } from 'vitest'
import { fileNameOf } from './save-file.ts'

it.each([
  ['@alice:example.org', 'roomkeys-alice.txt'],
  ['@a/../b\u202e:example.org', 'roomkeys-a_.._b_.txt'],
  ['', 'roomkeys-.txt'],
])('names the file of %j', (userId, expected) => {
  expect(fileNameOf(userId)).toBe(expected)
})
