import { afterEach, expect, test, vi } from 'vitest'
import { pausedInTime } from './pause-in-time.ts'
import { pause } from './pause.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
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

test('by the clock, one pause stands for all until it is some time ago', async () => {
  let [pauses, now] = [0, 1000]
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const pauseIfDue = pausedInTime(() => {
    pauses += 1
    // A pause that other work fills.
    now += 100
    return Promise.resolve()
  })
  const seen: number[] = []
  for (const passes of [0, 0, 7.9, 0.2, 0, 60, 1]) {
    now += passes
    await pauseIfDue()
    seen.push(pauses)
  }
  expect(seen).toEqual([1, 1, 1, 2, 2, 3, 3])
})
