/**
 * A page in Chromium that does one thing: `node page.ts '{"url":…,"scripts":…}'`. Its script puts `run` on
 * `globalThis`; the results of its calls are the one line of JSON that this writes.
 */
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { openChromium } from '../peers/chromium.ts'

/** What is shown, and what it is asked. Paths of files are seen from the folder of this repository. */
interface PageTask {
  /** A page that exists; what follows is added to its origin. */
  readonly url: string
  /** Modules by the path at which the page finds their bundles; the first one is run. */
  readonly scripts: Readonly<Record<string, string>>
  /** Files by the path at which the page finds them. */
  readonly files?: Readonly<Record<string, string>>
  /** What `run` is called with, one after the other. */
  readonly calls: readonly unknown[]
}

const TYPES: Readonly<Record<string, string>> = { wasm: 'application/wasm' }

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url))
}

async function bundle(file: string): Promise<string> {
  const result = await build({
    entryPoints: [pathOf(file)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    logLevel: 'silent',
  })
  return result.outputFiles.map(({ text }) => text).join('\n')
}

async function show({ url, scripts, files = {}, calls }: PageTask): Promise<unknown[]> {
  await using browser = await openChromium()
  const page = await (await browser.newContext()).newPage()
  page.on('pageerror', (error) => process.stderr.write(`${String(error)}\n`))
  for (const [path, file] of Object.entries(scripts)) {
    const body = await bundle(file)
    await page.route(url + path, (route) => route.fulfill({ contentType: 'text/javascript', body }))
  }
  for (const [path, file] of Object.entries(files)) {
    const body = await readFile(pathOf(file))
    const contentType = TYPES[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    await page.route(url + path, (route) => route.fulfill({ contentType, body }))
  }
  await page.goto(url)
  await page.addScriptTag({ url: Object.keys(scripts)[0] ?? '', type: 'module' })
  const results: unknown[] = []
  for (const call of calls) results.push(await page.evaluate(`run(${JSON.stringify(call)})`))
  return results
}

// Whoever starts this script writes its argument by the same type.
const task = JSON.parse(process.argv[2] ?? '{}') as PageTask
process.stdout.write(`${JSON.stringify(await show(task))}\n`)
