/** A real browser beside a homeserver whose backup is made as it is read (see `bench/synthetic.ts`). */
import { decryptionKeyFromBytes, encodeDecryptionKey } from '@roomkeys/backup'
import { createHash } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { startScript } from '../processes/start.ts'
import { openChromium } from './chromium.ts'

/** The text of the key of every synthetic backup. */
export const SYNTHETIC_KEY_TEXT: string = encodeDecryptionKey(
  decryptionKeyFromBytes(createHash('sha256').update('synthetic backup').digest()),
)

/** Where pages are opened, and the homeserver that they come from. */
export interface SyntheticBrowser {
  readonly browser: Browser
  readonly url: string
}

/** Starts both; the stack ends them. */
export async function openSyntheticBrowser(
  keys: number,
  closing: AsyncDisposableStack,
): Promise<SyntheticBrowser> {
  const script = '../../bench/synthetic-server.ts'
  const server = await startScript<{ readonly url: string }>(script, { keys })
  closing.defer(() => server.stop())
  const browser = await openChromium()
  closing.defer(() => browser.close())
  return { browser, url: server.where.url }
}
