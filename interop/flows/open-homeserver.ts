/** A homeserver for the tests of a suite. */
import { afterAll, beforeAll } from 'vitest'
import type { Homeserver } from './homeserver.ts'

/** Opens a homeserver before the tests of the suite that calls this; a failure inside of it fails the suite. */
export function openForSuite(open: () => Promise<Homeserver>): () => Homeserver {
  const opened: Homeserver[] = []
  beforeAll(async () => {
    opened.push(await open())
  })
  afterAll(async () => {
    const [homeserver] = opened
    await homeserver?.close()
    const [failure] = homeserver?.failures() ?? []
    if (failure !== undefined) throw new Error('The homeserver failed', { cause: failure })
  })
  return () => {
    const [homeserver] = opened
    if (homeserver === undefined) throw new Error('The homeserver is not open yet')
    return homeserver
  }
}
