/**
 * A large restore on the main thread of a page. How long its tasks are is measured by the clock, and so
 * printed and not asserted: `ROOMKEYS_KEYS=50000 npx vitest run interop/long-tasks.test.ts`.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RestoreCalls } from './pages/restore.ts'
import { bundlePage } from './peers/chromium-pages.ts'
import { openSyntheticBrowser, SYNTHETIC_KEY_TEXT } from './peers/synthetic-browser.ts'

const KEYS = Number(process.env['ROOMKEYS_KEYS'] ?? 10_000)
const closing = new AsyncDisposableStack()
let browser: Browser
let bundle: string
let url: string

beforeAll(async () => {
  bundle = await bundlePage('restore.ts')
  ;({ browser, url } = await openSyntheticBrowser(KEYS, closing))
})

afterAll(() => closing.disposeAsync())

async function openPage(): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(url)
  await page.addScriptTag({ content: bundle })
  return page
}

function call<Name extends keyof RestoreCalls>(
  page: Page,
  name: Name,
  ...parameters: Parameters<RestoreCalls[Name]>
): Promise<Awaited<ReturnType<RestoreCalls[Name]>>> {
  return page.evaluate(`calls.${name}(...${JSON.stringify(parameters)})`)
}

test('a page that stands still is noticed', async () => {
  const longTasks = await call(await openPage(), 'standStill', 120)
  expect(longTasks).toHaveLength(1)
  expect(longTasks[0]).toBeGreaterThanOrEqual(119)
})

test(`a restore of ${KEYS} keys is whole`, async () => {
  const restored = await call(await openPage(), 'restoreAll', url, SYNTHETIC_KEY_TEXT)
  const { milliseconds, longTasks, ...outcome } = restored
  const rate = Math.round((KEYS / milliseconds) * 1000)
  process.stdout.write(
    `${rate} keys a second; tasks above 50 ms: ${longTasks.join(', ') || 'none'}\n`,
  )
  expect(outcome).toEqual({ result: 'complete', stored: KEYS })
})
