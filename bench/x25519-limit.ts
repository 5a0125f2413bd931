// OpenSSL's X25519 alone, on keys that are imported already: the limit of whoever takes it, a core each.
import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

const { privateKey } = generateKeyPairSync('x25519')
const publicKeys: readonly KeyObject[] = Array.from({ length: 64 }, () =>
  createPublicKey(generateKeyPairSync('x25519').privateKey),
)

/** This many agreements, in this thread. */
export function agree(count: number): void {
  for (let i = 0; i < count; i++) {
    const publicKey = publicKeys[i % publicKeys.length]
    if (publicKey !== undefined) diffieHellman({ privateKey, publicKey })
  }
}

/** This many agreements, in as many threads as there are. */
export interface Threads {
  readonly agree: (count: number) => Promise<void>
  readonly close: () => Promise<void>
}

/** Starts threads. */
export function startThreads(size: number): Threads {
  const threads = Array.from({ length: size }, () => new Worker(new URL(import.meta.url)))
  return {
    agree: async (count) => {
      const share = Math.ceil(count / size)
      const done = threads.map(
        (thread) => new Promise((resolve) => thread.once('message', resolve)),
      )
      for (const thread of threads) thread.postMessage(share)
      await Promise.all(done)
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.terminate()))
    },
  }
}

if (!isMainThread)
  parentPort?.on('message', (count: number) => {
    agree(count)
    parentPort?.postMessage('done')
  })
