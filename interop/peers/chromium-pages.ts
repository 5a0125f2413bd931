/** Pages of our own in Chromium: a bundle at an origin that no network reaches. */
import carried from '@sparticuz/chromium'
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const ORIGIN = 'https://page.example'

/** Bundles a file of `pages/`; the same sources give the same bytes. */
export async function bundlePage(name: string): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(`../pages/${name}`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    logLevel: 'silent',
  })
  return result.outputFiles.map(({ text }) => text).join('\n')
}

/**
 * Starts Chromium with a profile in a folder: what pages store is on the disk, and is there when the
 * same folder is opened again.
 */
export async function openProfile(folder: string): Promise<BrowserContext> {
  const executablePath = await carried.executablePath()
  return chromium.launchPersistentContext(folder, { executablePath, args: ['--no-sandbox'] })
}

/** Opens a page that runs a bundle. Pages of one context and one origin share what they store. */
export async function openBundle(
  context: BrowserContext,
  bundle: string,
  origin: string = ORIGIN,
): Promise<Page> {
  const page = await context.newPage()
  await page.route(`${origin}/**`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>A page</title>' }),
  )
  await page.goto(`${origin}/`)
  await page.addScriptTag({ content: bundle })
  return page
}
