/** A real Chromium, from the npm package that carries one for Linux x64. */
import carried from '@sparticuz/chromium'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/**
 * Starts Chromium. Of the arguments that the package proposes only the one that root needs is taken:
 * others switch the same-origin policy off, which is under test.
 */
export async function openChromium(): Promise<Browser> {
  const executablePath = await carried.executablePath()
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

/** A page, and what it complained of. */
export interface WatchedPage {
  readonly page: Page
  /** Errors and warnings of the console, exceptions that nobody caught, violations of the policy. */
  readonly complaints: readonly string[]
  /** Requests that were sent, as `METHOD URL`. */
  readonly requests: readonly string[]
}

/** How the console begins to tell of every answer with an error status, wanted or not. */
const FAILED_ANSWER = 'Failed to load resource'

function isOfMatrix(url: string): boolean {
  return URL.canParse(url) && new URL(url).pathname.startsWith('/_matrix/')
}

/** Opens an empty page in a context of its own; nothing is shared with other pages. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const page = await (await browser.newContext(options)).newPage()
  const complaints: string[] = []
  const requests: string[] = []
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    if (message.text().startsWith(FAILED_ANSWER) && isOfMatrix(message.location().url)) return
    complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`))
  return { page, complaints, requests }
}

/** Runs in the page: what axe finds, each with the elements that it is about. */
const RUN_AXE = `axe.run().then(({ violations }) => violations.map(
  ({ id, nodes }) => id + ' at ' + nodes.map(({ target }) => target.join(' ')).join(', ')
))`

/** Accessibility violations of the page as it is. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  return page.evaluate<readonly string[]>(RUN_AXE)
}

/** By how many pixels the page is wider than the window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
}
