// The page of `chromium.ts`: it opens by itself, or has its worker open.
import { measure, type OpeningResult, type OpeningTask } from './opening.ts'

function measureInWorker(task: OpeningTask): Promise<OpeningResult> {
  const worker = new Worker('/worker.js', { type: 'module' })
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<OpeningResult>) => {
      resolve(data)
    }
    worker.onerror = ({ message }) => {
      reject(new Error(message))
    }
    worker.postMessage(task)
  })
}

/** In `where`, which is `page` or `worker`. */
function run({ where, ...task }: OpeningTask & { readonly where: string }): Promise<OpeningResult> {
  return where === 'worker' ? measureInWorker(task) : measure(task)
}

Object.assign(globalThis, { run })
