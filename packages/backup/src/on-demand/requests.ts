/** What runs: each tells when it has ended, cancelled or not. */
import type { Effect, FetcherEvent } from './events.ts'
import { type FetchPorts, performCheck, performLook, performRead } from './perform.ts'

/** Effects that take time. */
type Work = Extract<Effect, { readonly type: 'look' | 'read' | 'check' }>

/** What runs. */
export interface Requests {
  /** Begins, or cancels; returns at once. */
  readonly perform: (effect: Work | Extract<Effect, { readonly type: 'cancel' }>) => void
}

async function eventOf(
  ports: FetchPorts,
  effect: Work,
  signal: AbortSignal,
): Promise<FetcherEvent> {
  const { run } = effect
  switch (effect.type) {
    case 'look': {
      const { address } = effect
      return { type: 'looked', address, run, result: await performLook(ports, effect) }
    }
    case 'read':
      return { type: 'read', run, result: await performRead(ports, effect, signal) }
    case 'check':
      return { type: 'checked', run, result: await performCheck(ports, effect, signal) }
  }
}

/** Makes it with nothing that runs. */
export function createRequests(ports: FetchPorts, tell: (event: FetcherEvent) => void): Requests {
  const running = new Map<number, AbortController>()

  async function begin(effect: Work): Promise<void> {
    const controller = new AbortController()
    running.set(effect.run, controller)
    const event = await eventOf(ports, effect, controller.signal)
    running.delete(effect.run)
    tell(event)
  }

  return {
    perform: (effect) => {
      if (effect.type === 'cancel') running.get(effect.run)?.abort()
      else void begin(effect)
    },
  }
}
