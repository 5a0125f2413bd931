/** The module that a worker thread of a pool runs: for Node, Bun and Deno. It exports nothing. */
import { parentPort } from 'node:worker_threads'
import type { ToWorker } from './pool/messages.ts'
import { createRuns } from './pool/runs.ts'

const receive = createRuns((message) => {
  parentPort?.postMessage(message)
})
// The pool that started this thread is the only one that posts to it.
parentPort?.on('message', (message: ToWorker) => {
  receive(message)
})
