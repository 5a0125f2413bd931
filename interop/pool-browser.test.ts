/** A pool of Web Workers in a real browser comes to what the page comes to by itself. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Compared, PoolCalls } from './pages/pool.ts'
import { bundlePage } from './peers/chromium-pages.ts'
import { openSyntheticBrowser, SYNTHETIC_KEY_TEXT } from './peers/synthetic-browser.ts'

/** More than a pool does without workers. */
const KEYS = 3_000
const DAMAGED = Array.from({ length: KEYS }, (_, at) => at).filter((at) => at % 13 === 5).length
const closing = new AsyncDisposableStack()
let browser: Browser
let url: string
let bundles: Readonly<Record<'page' | 'worker', string>>

beforeAll(async () => {
  bundles = { page: await bundlePage('pool.ts'), worker: await bundlePage('pool-worker.ts') }
  ;({ browser, url } = await openSyntheticBrowser(KEYS, closing))
})

afterAll(() => closing.disposeAsync())

async function openPage(): Promise<Page> {
  const page = await browser.newPage()
  await page.route(`${url}/pool-worker.js`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: bundles.worker }),
  )
  await page.goto(url)
  await page.addScriptTag({ content: bundles.page })
  return page
}

async function call(name: keyof PoolCalls): Promise<Compared> {
  return (await openPage()).evaluate<Compared>(
    `calls.${name}(...${JSON.stringify([url, SYNTHETIC_KEY_TEXT])})`,
  )
}

test('bundlers keep a worker that is only imported', () => {
  expect(bundles.worker).toContain('addEventListener')
})

test('entries are opened, those that are damaged with the same errors', async () => {
  expect(await call('open')).toEqual({ count: KEYS, workers: 2, different: [], failed: DAMAGED })
})

test('sessions are sealed, and open again', async () => {
  const count = KEYS - DAMAGED
  expect(await call('seal')).toEqual({ count, workers: 2, different: [], failed: 0 })
})

test('a restore has the same store', async () => {
  expect(await call('restoreAll')).toEqual({ count: KEYS, workers: 2, different: [], failed: 0 })
})
