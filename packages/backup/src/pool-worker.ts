/**
 * The module that a Web Worker of a pool runs:
 * `new Worker(new URL('…', import.meta.url), { type: 'module' })`. It exports nothing.
 */
import type { FromWorker, ToWorker } from './pool/messages.ts'
import { createRuns } from './pool/runs.ts'

/** The part of a worker's global scope that is used; the types at hand are those of a window. */
interface WorkerScope {
  readonly postMessage: (message: FromWorker) => void
  readonly addEventListener: (
    type: 'message',
    listener: (event: { readonly data: ToWorker }) => void,
  ) => void
}

const scope = globalThis as unknown as WorkerScope
const receive = createRuns((message) => {
  scope.postMessage(message)
})
scope.addEventListener('message', ({ data }) => {
  receive(data)
})
