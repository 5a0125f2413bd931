import { expect, it } from 'vitest'
import { openTestStore } from './helpers.ts'
import { runFuzz } from './stress/fuzz.ts'

it.each(['pglite', 'postgres'] as const)(
  'S8, S15: 1500 hostile requests on %s',
  async (backend) => {
    const store = await openTestStore(backend)
    const { statuses, ...result } = await runFuzz({ store, requests: 1500, seed: 7 })
    await store.close()
    expect(result).toEqual({ requests: 1500, failed: [], malformed: [], errors: [], heap: [] })
    for (const status of ['200', '400', '401', '403', '404', '405'])
      expect(Object.keys(statuses)).toContain(status)
  },
)
