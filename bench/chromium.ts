// Opening in Chromium, in a page and in a worker, beside the Rust wasm in the same place.
// `node chromium.ts [keys]`, 4,000 unless given.
import { encodeBase64 } from '@roomkeys/crypto/base64'
import process from 'node:process'
import type { OpeningResult } from './pages/opening.ts'
import { next, start, startSynthetic } from './processes.ts'
import { SYNTHETIC_KEY } from './synthetic.ts'
import { printRows, rowsOf } from './table.ts'

const KEYS = Number(process.argv[2] ?? 4_000)
const GOAL = 1.8
const WASM = 'wasm decryptV1, and JSON.parse'
const WASM_FILE =
  'bench/node_modules/@matrix-org/matrix-sdk-crypto-wasm/pkg/matrix_sdk_crypto_wasm_bg.wasm'
const PLACES = ['page', 'worker']

/** The browser is a dependency of the interop tests alone. */
const RUNNER = '../interop/processes/page.ts'

const server = await startSynthetic({ keys: KEYS })
const privateKey = encodeBase64(SYNTHETIC_KEY.privateKey.expose())
const page = start(RUNNER, {
  url: server.url,
  scripts: {
    '/page.js': 'bench/pages/opening-page.ts',
    '/worker.js': 'bench/pages/opening-worker.ts',
  },
  files: { '/matrix.wasm': WASM_FILE },
  calls: PLACES.map((where) => ({
    where,
    url: server.url,
    privateKey,
    wasmUrl: `${server.url}/matrix.wasm`,
  })),
})
try {
  const results = await next<readonly OpeningResult[]>(page)
  for (const [place, { keys: count, timings }] of results.entries())
    printRows(
      `Chromium, ${PLACES[place] ?? ''}`,
      rowsOf(timings, { count, unit: 'keys', of: WASM }),
    )
  console.log(`The goal is ${GOAL} times the wasm in the same place.`)
} finally {
  await page.stop()
  await server.stop()
}
