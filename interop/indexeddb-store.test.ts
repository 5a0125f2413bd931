/** The store over IndexedDB in a real browser, with as many keys as an old account has. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Calls } from './pages/indexeddb-store.ts'
import { bundlePage, openBundle, openProfile } from './peers/chromium-pages.ts'

const KEYS = 100_000
const BATCH = 100

const closing = new AsyncDisposableStack()
let bundle: string
let folder: string
let context: BrowserContext

beforeAll(async () => {
  bundle = await bundlePage('indexeddb-store.ts')
  folder = await mkdtemp(join(tmpdir(), 'roomkeys-profile-'))
  closing.defer(() => rm(folder, { recursive: true, force: true }))
  context = await openProfile(folder)
  closing.defer(() => context.close())
})

afterEach(async () => {
  for (const page of context.pages().slice(1)) await page.close()
})

afterAll(() => closing.disposeAsync())

/** Calls one of the functions that the page has. */
function call<Name extends keyof Calls>(
  page: Page,
  name: Name,
  ...parameters: Parameters<Calls[Name]>
): Promise<Awaited<ReturnType<Calls[Name]>>> {
  return page.evaluate(`calls.${name}(...${JSON.stringify(parameters)})`)
}

/** Tells how long something took; nothing is asserted about it. */
function report(what: string, milliseconds: number): void {
  process.stdout.write(`${what.padEnd(44)} ${(milliseconds / 1000).toFixed(2).padStart(7)} s\n`)
}

test('the bundle of the page is the same every time', async () => {
  expect(await bundlePage('indexeddb-store.ts')).toBe(bundle)
})

test('every case of the suites holds', async () => {
  const results = await call(await openBundle(context, bundle), 'runSuites')
  expect(results.length).toBeGreaterThan(25)
  expect(results.filter(([, error]) => error !== null)).toEqual([])
})

/** A hundred thousand of anything take a browser a while where other work is being done beside. */
const PATIENCE = { timeout: 600_000 }

describe(`${KEYS} keys`, PATIENCE, () => {
  async function openMany(): Promise<Page> {
    const page = await openBundle(context, bundle)
    report('opened', await call(page, 'open', 'many'))
    return page
  }

  async function expectDrained(page: Page, version: string): Promise<void> {
    const { batches, milliseconds } = await call(page, 'drain', version)
    expect(batches).toBe(KEYS / BATCH)
    report(`drained in batches of ${BATCH} for version ${version}`, milliseconds)
    const after = await call(page, 'counts', version)
    expect(after).toMatchObject({ total: KEYS, pending: 0 })
    report('counts', after.milliseconds)
  }

  test('are imported', async () => {
    const page = await openMany()
    const imported = await call(page, 'importKeys', KEYS, 'export_file')
    expect(imported.outcomes).toEqual({ added: KEYS })
    report(`import of ${KEYS} keys`, imported.milliseconds)
    expect(await call(page, 'counts', '1')).toMatchObject({ total: KEYS, pending: KEYS })
  })

  test('are uploaded', async () => {
    const page = await openMany()
    await expectDrained(page, '1')
  })

  test('are pending again for another version, and uploaded again', async () => {
    const page = await openMany()
    expect(await call(page, 'counts', '1')).toMatchObject({ total: KEYS, pending: 0 })
    await expectDrained(page, '2')
    expect(await call(page, 'counts', '1')).toMatchObject({ total: KEYS, pending: KEYS })
  })

  test('are read, and known when they come again', async () => {
    const page = await openMany()
    const streamed = await call(page, 'stream')
    expect(streamed).toMatchObject({ sessions: KEYS, distinct: KEYS })
    report('streamed', streamed.milliseconds)
    const again = await call(page, 'importKeys', KEYS / 10, 'export_file')
    expect(again.outcomes).toEqual({ unchanged: KEYS / 10 })
    report(`import of ${KEYS / 10} keys that are there`, again.milliseconds)
  })
})

describe('two windows', () => {
  async function openTwo(name: string): Promise<readonly [Page, Page]> {
    const pages = [await openBundle(context, bundle), await openBundle(context, bundle)] as const
    for (const page of pages) await call(page, 'open', name)
    return pages
  }

  test('that import at once lose nothing and add nothing twice', async () => {
    const [first, second] = await openTwo('importing')
    const results = await Promise.all([
      call(first, 'importKeys', 5000, 'direct'),
      call(second, 'importKeys', 5000, 'direct'),
    ])
    const sum = (outcome: string) =>
      results.reduce((total, { outcomes }) => total + (outcomes[outcome] ?? 0), 0)
    expect([sum('added'), sum('unchanged')]).toEqual([5000, 5000])
    expect(await call(first, 'stream')).toMatchObject({ sessions: 5000, distinct: 5000 })
    expect(await call(second, 'counts', '1')).toMatchObject({ total: 5000, pending: 5000 })
  })

  test('that update the same sessions at once take turns', async () => {
    const [first, second] = await openTwo('taking turns')
    await call(first, 'importKeys', 20, 'direct')
    await Promise.all([call(first, 'increment', 20, 100), call(second, 'increment', 20, 100)])
    expect(await call(first, 'revisions', 20)).toEqual(Array.from({ length: 20 }, () => 201))
  })

  test('of which one needs a newer schema: the other one makes room and says so', async () => {
    const [first, second] = await openTwo('newer')
    await call(first, 'importKeys', 20, 'direct')
    expect(await call(second, 'openNewer', 'newer')).toBe('opened')
    expect(await call(first, 'tryImport', 1)).toBe(
      'store: The key store is closed (InvalidStateError)',
    )
    expect(await call(first, 'tryOpen', 'newer')).toContain('written by a newer version')
  })
})

test('a full disk is told as such, and whole batches of what came before stay', async () => {
  const origin = 'https://full.example'
  const page = await openBundle(context, bundle, origin)
  const session = await context.newCDPSession(page)
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 4_000_000 })
  await call(page, 'open', 'full')
  expect(await call(page, 'tryImport', 50_000)).toBe(
    'store: There is no room left for the key store (QuotaExceededError)',
  )
  const { total } = await call(page, 'counts', '1')
  expect(total).toBeGreaterThan(0)
  expect(total % 500).toBe(0)
  expect(await call(page, 'stream')).toMatchObject({ sessions: total, distinct: total })
})
