/**
 * The long runs: `node test/stress/run.ts writers|races|kills|fuzz [amount] [seed]`.
 *
 * `amount` is seconds of writers, versions of races, rounds of kills, or requests of fuzz. Ends with
 * code 1 when something is not as it has to be.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { migrate, type MigrateOptions } from '../../src/index.ts'
import { openPgStore, type PgStore } from '../../src/pg.ts'
import { createDatabase } from '../postgres/postgres.ts'
import { runFuzz } from './fuzz.ts'
import { runKills } from './kills.ts'
import { runRaces } from './races.ts'
import { runWriters } from './writers.ts'

/** What a run found; empty lists are as it has to be. */
interface Verdict {
  readonly figures: Readonly<Record<string, unknown>>
  readonly isSound: boolean
}

type Run = (amount: number, seed: number) => Promise<Verdict>

const PARTITIONED: MigrateOptions = { layout: 'partitioned', partitions: 16 }

async function withStores<T>(
  count: number,
  options: MigrateOptions,
  work: (stores: readonly PgStore[]) => Promise<T>,
): Promise<T> {
  const connectionString = await createDatabase(process.pid)
  const open = Array.from({ length: count }, () => openPgStore({ connectionString }))
  const stores = await Promise.all(open)
  await Promise.all(stores.map((store) => migrate(store, options)))
  return work(stores).finally(() => Promise.all(stores.map((store) => store.close())))
}

function isEmpty(...lists: readonly (readonly unknown[])[]): boolean {
  return lists.every((list) => list.length === 0)
}

const writers: Run = (seconds, seed) =>
  withStores(2, PARTITIONED, async (stores) => {
    const milliseconds = seconds * 1000
    const result = await runWriters({ stores, writers: 64, milliseconds, seed })
    const { changedUploads, etags, finalEtag, finalCount, sessions, statuses, notBest } = result
    const isCounted = [etags, finalEtag].every((n) => n === changedUploads)
    const isSound = isCounted && finalCount === sessions && String(statuses) === '200'
    return { figures: { ...result }, isSound: isSound && isEmpty(notBest) }
  })

const races: Run = (versions) =>
  withStores(2, {}, async (stores) => {
    const result = await runRaces({ stores, writers: 32, versions })
    const { otherStatuses, misplaced, miscounted } = result
    return { figures: { ...result }, isSound: isEmpty(otherStatuses, misplaced, miscounted) }
  })

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkeys-kills-'))
  return work(join(folder, 'data')).finally(() => rm(folder, { recursive: true, force: true }))
}

const kills: Run = async (rounds, seed) => {
  const inFolder = await withFolder((folder) => runKills({ store: { folder }, rounds, seed }))
  const onPostgres = await runKills({
    store: { url: await createDatabase(process.pid) },
    rounds,
    seed,
  })
  const isSound = [inFolder, onPostgres].every(({ lost, torn, miscounted, otherStatuses }) =>
    isEmpty(lost, torn, miscounted, otherStatuses),
  )
  return { figures: { inFolder, onPostgres }, isSound }
}

/** Node hides the collector behind a flag. */
function collector(): () => number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return () => {
    collect()
    return process.memoryUsage().heapUsed
  }
}

const MIB = 1024 * 1024
/** Of growth between the second tenth of the run and the last. */
const MAX_GROWTH_BYTES = 16 * MIB

const fuzz: Run = (requests, seed) =>
  withStores(1, PARTITIONED, async ([store]) => {
    if (store === undefined) throw new TypeError('There has to be a store')
    const result = await runFuzz({ store, requests, seed, collect: collector() })
    const { failed, malformed, errors, heap } = result
    const isFlat = (heap.at(-1) ?? 0) - (heap[1] ?? 0) < MAX_GROWTH_BYTES
    const heapMiB = heap.map((bytes) => Math.round(bytes / MIB))
    return {
      figures: { ...result, heap: heapMiB },
      isSound: isFlat && isEmpty(failed, malformed, errors),
    }
  })

const RUNS: Readonly<Record<string, readonly [run: Run, amount: number]>> = {
  writers: [writers, 60],
  races: [races, 200],
  kills: [kills, 50],
  fuzz: [fuzz, 50_000],
}

const [name = '', amount, seed = '1'] = process.argv.slice(2)
const chosen = RUNS[name]
if (chosen === undefined) throw new TypeError(`Choose one of ${Object.keys(RUNS).join(', ')}`)
const [run, usual] = chosen
const began = Date.now()
const { figures, isSound } = await run(Number(amount ?? usual), Number(seed))
const report = { run: name, isSound, seconds: Math.round((Date.now() - began) / 1000), ...figures }
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
process.exit(isSound ? 0 : 1)
