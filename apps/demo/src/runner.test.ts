import { describe, expect, it, vi } from 'vitest'
import { createRunner, type Runner } from './runner.ts'
import type { DemoEvent } from './state.ts'
import type { Effect } from './task.ts'

const CANCELLED: DemoEvent = { type: 'cancelled' }

function setUp() {
  const events: DemoEvent[] = []
  const runner = createRunner((event) => events.push(event))
  return { events, runner }
}

describe('createRunner', () => {
  it('passes events on, and turns an error into one', async () => {
    const { events, runner } = setUp()
    runner.run('restore', async ({ dispatch }) => {
      dispatch(CANCELLED)
      await Promise.reject(new Error('broken'))
    })
    await vi.waitFor(() => {
      expect(events.length).toBe(2)
    })
    expect(events).toEqual([CANCELLED, { type: 'failed', notice: expect.any(Object) as unknown }])
  })

  it.each([
    [
      'stopped',
      (runner: Runner) => {
        runner.stop()
      },
    ],
    [
      'replaced',
      (runner: Runner) => {
        runner.run('save', () => Promise.resolve())
      },
    ],
  ])('hears nothing of a task that was %s', async (_, end) => {
    const { events, runner } = setUp()
    const effect = vi.fn<Effect>(async ({ signal, dispatch }) => {
      await Promise.resolve()
      dispatch(CANCELLED)
      signal.throwIfAborted()
    })
    runner.run('restore', effect)
    end(runner)
    await expect(effect.mock.results[0]?.value).rejects.toThrow('aborted')
    expect(events).toEqual([])
  })
})
