/** What a worker does: runs of batches, each with its own keys. */
import { SecretBytes } from '@roomkeys/crypto/secret'
import { sharedSecretsInThread as sharedSecrets } from '@roomkeys/crypto/shared-secrets'
import { openBatch, openingOf } from '../open-batch.ts'
import { sealBatch } from '../seal-batch.ts'
import { algorithmNamed } from './algorithms.ts'
import type { FromWorker, Item, OpenSetup, Result, SealSetup, Setup, ToWorker } from './messages.ts'

type Results = readonly (Result | null)[]

/** One run. */
interface Run {
  readonly work: (items: readonly Item[]) => Promise<Results>
  /** Destroys the keys. */
  readonly end: () => void
}

/** Takes bytes over: what was posted is overwritten. */
function secretOf(bytes: Uint8Array): SecretBytes {
  const secret = new SecretBytes(bytes)
  bytes.fill(0)
  return secret
}

/** Errors cannot be posted: what fails is left to the pool. */
function resultsOf(outcomes: readonly (Result | { readonly status: 'failed' })[]): Results {
  return outcomes.map((outcome) => (outcome.status === 'failed' ? null : outcome))
}

function openRun({ algorithm, macPolicy, privateKey, publicKey }: OpenSetup): Run {
  const key = { privateKey: secretOf(privateKey), publicKey }
  const options = { algorithm: algorithmNamed(algorithm), key, macPolicy, sharedSecrets }
  const opening = openingOf(options)
  return {
    work: async (items) => {
      const entries = items.filter((item) => 'data' in item)
      return resultsOf(await openBatch(entries, opening))
    },
    end: () => {
      key.privateKey.destroy()
      opening.macKey?.destroy()
    },
  }
}

function sealRun({ algorithm, publicKey, macKey }: SealSetup): Run {
  const key = { publicKey, macKey: macKey === null ? null : secretOf(macKey) }
  const options = { algorithm: algorithmNamed(algorithm), key }
  return {
    work: async (items) => {
      const sessions = items.filter((item) => 'session' in item)
      return resultsOf(await sealBatch(sessions, options))
    },
    end: () => {
      key.macKey?.destroy()
    },
  }
}

function runOf(setup: Setup): Run {
  return setup.kind === 'open' ? openRun(setup) : sealRun(setup)
}

/** What a worker does with messages; whatever throws is left to the pool. */
export function createRuns(answer: (message: FromWorker) => void): (message: ToWorker) => void {
  const runs = new Map<number, Run>()
  async function work(run: Run, batch: number, items: readonly Item[]): Promise<void> {
    // The pool does the batch itself, and so comes to the same error.
    const results = await run.work(items).catch(() => null)
    answer({ batch, results })
  }
  return (message) => {
    const run = runs.get(message.run)
    if (message.kind === 'begin') runs.set(message.run, runOf(message.setup))
    else if (message.kind === 'end') {
      run?.end()
      runs.delete(message.run)
      // A batch of a run that ended is not waited for by anyone.
    } else if (run !== undefined) void work(run, message.batch, message.items)
  }
}
