// Opening in Chromium, in a page and in a worker, beside the Rust wasm in the same place.
// `node chromium.ts [keys]`, 4,000 unless given.
import { encodeBase64 } from '@roomkeys/crypto/base64'
import process from 'node:process'
import { median } from './interleave.ts'
import type { OpeningResult } from './pages/opening.ts'
import { next, start, startSynthetic } from './processes.ts'
import { SYNTHETIC_KEY } from './synthetic.ts'

const KEYS = Number(process.argv[2] ?? 4_000)
const GOAL = 1.8
const WASM =
  'bench/node_modules/@matrix-org/matrix-sdk-crypto-wasm/pkg/matrix_sdk_crypto_wasm_bg.wasm'
const PLACES = ['page', 'worker']

/** The browser is a dependency of the interop tests alone. */
const RUNNER = '../interop/processes/page.ts'

function rowsOf(place: string, { keys, timings }: OpeningResult): readonly object[] {
  const wasm = median(timings.at(-1)?.seconds ?? [])
  return timings.map(({ name, seconds }) => ({
    where: place,
    what: name,
    'keys/s, median': Math.round(keys / median(seconds)),
    'times the wasm': (wasm / median(seconds)).toFixed(2),
  }))
}

const server = await startSynthetic({ keys: KEYS })
const privateKey = encodeBase64(SYNTHETIC_KEY.privateKey.expose())
const page = start(RUNNER, {
  url: server.url,
  scripts: {
    '/page.js': 'bench/pages/opening-page.ts',
    '/worker.js': 'bench/pages/opening-worker.ts',
  },
  files: { '/matrix.wasm': WASM },
  calls: PLACES.map((where) => ({
    where,
    url: server.url,
    privateKey,
    wasmUrl: `${server.url}/matrix.wasm`,
  })),
})
try {
  const results = await next<readonly OpeningResult[]>(page)
  console.table(results.flatMap((result, place) => rowsOf(PLACES[place] ?? '', result)))
  console.log(`The goal is ${GOAL} times the wasm in the same place.`)
} finally {
  await page.stop()
  await server.stop()
}
