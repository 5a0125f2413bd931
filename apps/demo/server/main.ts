/** `pnpm demo`: runs the demo until it is told to stop. */
import { ServerError } from '@roomkeys/server'
import { fileURLToPath } from 'node:url'
import { type Demo, startDemo } from './demo.ts'
import { USER_ID } from './demo-account.ts'

const DATA_FOLDER = fileURLToPath(new URL('../../../.demo-data', import.meta.url))
const DEFAULT_PORT = 8008
const LAST_PORT = 65_535

/** A failed start, in words. */
const START_TEXTS: Readonly<Partial<Record<string, string>>> = {
  store_in_use: 'The demo is running already: its data folder is in use.',
  port_in_use: 'Ten ports in a row are in use. Set PORT to a free one.',
  listen_failed: 'This port cannot be used. Set PORT to another one.',
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity
  if (port <= LAST_PORT) return port
  throw new TypeError(`PORT must be a number from 0 to ${LAST_PORT}`)
}

/**
 * Resolves when the process is asked to end. A terminal and a package manager may both pass on one
 * Ctrl-C, so that a second signal means nothing.
 */
function askedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        resolve()
      })
  })
}

function welcome({ url, password, recoveryKey }: Demo): string {
  return [
    '',
    `  Page and homeserver   ${url}`,
    `  User                  ${USER_ID}`,
    `  Password              ${password}`,
    `  Recovery key          ${recoveryKey}`,
    '',
    '  These are public demo secrets. Ctrl-C stops the demo; its data stays in .demo-data.',
    '',
  ].join('\n')
}

function explainStart(error: unknown): string {
  if (error instanceof ServerError) return START_TEXTS[error.code] ?? error.message
  return error instanceof Error ? error.message : 'The demo cannot start'
}

async function run(): Promise<void> {
  const ending = askedToEnd()
  const port = portOf(process.env['PORT'])
  const demo = await startDemo({ dataFolder: DATA_FOLDER, port, log: console.log })
  console.log(welcome(demo))
  await ending
  await demo.close()
}

try {
  await run()
} catch (error) {
  console.error(explainStart(error))
  process.exitCode = 1
}
