import { afterEach, expect, test, vi } from 'vitest'
import { pause } from './pause.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

async function othersGetTheirTurn(): Promise<boolean> {
  let turn = false
  setImmediate(() => {
    turn = true
  })
  for (let pauses = 0; pauses < 50; pauses++) await pause()
  return turn
}

test('other work gets its turn between two pauses', async () => {
  expect(await othersGetTheirTurn()).toBe(true)
})

test('also where there are no message channels', async () => {
  vi.stubGlobal('MessageChannel', undefined)
  expect(await othersGetTheirTurn()).toBe(true)
})
