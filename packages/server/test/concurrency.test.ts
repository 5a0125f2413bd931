import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../src/index.ts'
import { openPgStore, type PgStore } from '../src/pg.ts'
import { createDatabase } from './postgres/postgres.ts'
import { runRaces } from './stress/races.ts'
import { runWriters } from './stress/writers.ts'

const MILLISECONDS = 1500

describe.each(['whole', 'partitioned'] as const)('two pools on one PostgreSQL, %s', (layout) => {
  const stores: PgStore[] = []
  beforeAll(async () => {
    const connectionString = await createDatabase()
    for (let i = 0; i < 2; i++) stores.push(await openPgStore({ connectionString }))
    await Promise.all(stores.map((store) => migrate(store, { layout, partitions: 16 })))
  })
  afterAll(() => Promise.all(stores.map((store) => store.close())))

  it('N6: 64 writers of the same sessions', async () => {
    const result = await runWriters({ stores, writers: 64, milliseconds: MILLISECONDS, seed: 1 })
    expect(result).toMatchObject({ statuses: [200], notBest: [] })
    expect(result.finalCount).toBe(result.sessions)
    expect(result.finalEtag).toBe(result.changedUploads)
    expect(result.changedUploads).toBeGreaterThan(20)
    // Every changed upload names an etag of its own, and those of the others are among them.
    expect(result.etags).toBe(result.changedUploads)
  })

  it('N8: uploads racing new versions land in exactly one', async () => {
    const result = await runRaces({ stores, writers: 16, versions: 15 })
    expect(result).toMatchObject({ otherStatuses: [], misplaced: [], miscounted: [] })
    expect(result.accepted).toBeGreaterThan(10)
    expect(result.refused).toBeGreaterThan(10)
  })
})
