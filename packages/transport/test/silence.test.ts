import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { watchSilence } from '../src/silence.ts'

const silent = () => new Error('silent')

describe('watchSilence', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('aborts after the time of silence, which anything heard starts anew', async () => {
    const watch = watchSilence({ timeoutMs: 10, silent, signal: undefined })
    vi.advanceTimersByTime(9)
    watch.heard()
    vi.advanceTimersByTime(9)
    expect(watch.signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(watch.signal.reason).toEqual(silent())
    expect(await watch.aborted).toEqual(silent())
  })

  it('follows the signal of the caller, also one that is aborted already', () => {
    const controller = new AbortController()
    const watch = watchSilence({ timeoutMs: 10, silent, signal: controller.signal })
    controller.abort('reason')
    const late = watchSilence({ timeoutMs: 10, silent, signal: controller.signal })
    expect([watch.signal.reason, late.signal.reason]).toEqual(['reason', 'reason'])
  })

  it('leaves nothing behind', () => {
    const controller = new AbortController()
    const watch = watchSilence({ timeoutMs: 10, silent, signal: controller.signal })
    watch.heard()
    watch.stop()
    controller.abort()
    expect(vi.getTimerCount()).toBe(0)
    expect(watch.signal.aborted).toBe(false)
  })
})
