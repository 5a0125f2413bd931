import { randomBytes } from '@roomkeys/crypto/bytes'
import { platformSharedSecrets } from '@roomkeys/crypto/shared-secrets'
import { isJsonObject, sessionId } from '@roomkeys/types'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BackupAlgorithm } from '../src/algorithm.ts'
import { BATCH_SIZE } from '../src/batches.ts'
import { encryptionKeyOf } from '../src/encryption-key.ts'
import type { BackupEntry, EntryOutcome } from '../src/entry.ts'
import { BackupError, EntryError } from '../src/errors.ts'
import { openEntries, type OpenEntriesOptions } from '../src/open-entries.ts'
import { createEntryPool, WorkerLostError } from '../src/pool.node.ts'
import { createEntryPool as createWebPool, type PoolWorker } from '../src/pool.ts'
import type { SealedEntry, SealOutcome, SessionToSeal } from '../src/seal-entry.ts'
import { sealEntries } from '../src/seal-entries.ts'
import { megolmBackupV1 } from '../src/v1.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from '../src/v2.ts'
import { jsonEntry, session } from './sealed.ts'
import { account, at, keyOf } from './vectors.ts'

const OPTIONS: OpenEntriesOptions = { algorithm: megolmBackupV1, key: account.key }

const pool = createEntryPool({ size: 2 })
// From here on the workers have what there is, however little it is.
beforeAll(() => all(pool.openEntries(many(2_100), OPTIONS)))
afterAll(() => pool.close())

async function all<T>(outcomes: AsyncIterable<T>): Promise<readonly T[]> {
  const taken: T[] = []
  for await (const outcome of outcomes) taken.push(outcome)
  return taken
}

/** What an outcome says: the error by its parts, secrets by nothing. */
function told(outcome: EntryOutcome | SealOutcome): unknown {
  if (outcome.status !== 'failed') return outcome
  const { error, ...rest } = outcome
  const { message, code, cause } = error
  return { ...rest, isEntryError: error instanceof EntryError, message, code, cause }
}

/** More than is done before workers start. */
function many(count: number, entries: readonly BackupEntry[] = account.entries): BackupEntry[] {
  return Array.from({ length: count }, (_, i) => at(entries, i % entries.length))
}

function damaged(entry: BackupEntry, kind: number): BackupEntry {
  const data = isJsonObject(entry.data) ? entry.data : {}
  const sessionData = isJsonObject(data['session_data']) ? data['session_data'] : {}
  const withField = (field: string, value: unknown): BackupEntry => ({
    ...entry,
    data: { ...data, session_data: { ...sessionData, [field]: value } },
  })
  const kinds: readonly (() => BackupEntry)[] = [
    () => withField('ciphertext', 'AAAA'),
    () => withField('mac', 'AAAAAAAAAAA'),
    () => withField('ephemeral', 'A'.repeat(43)),
    () => withField('ephemeral', '!'),
    () => ({ ...entry, data: null }),
    () => ({ ...entry, data: { ...data, session_data: () => 'not to be posted' } }),
    () => ({ ...jsonEntry({ ...session, session_key: 'AAAA' }), roomId: entry.roomId }),
    () => ({ ...entry, sessionId: at(account.entries, 1).sessionId }),
  ]
  return at(kinds, kind % kinds.length)()
}

async function expectSame(
  entries: readonly BackupEntry[],
  options: OpenEntriesOptions = OPTIONS,
): Promise<void> {
  const expected = await all(openEntries(entries, options))
  const outcomes = await all(pool.openEntries(entries, options))
  expect(outcomes.map(told)).toEqual(expected.map(told))
}

describe('opening', () => {
  test.each([0, 1, 63, 64, 65, 250, 1025])(
    '%i entries have the outcomes that they have without a pool',
    async (count) => {
      await expectSame(many(count))
    },
  )

  test('20,000 entries, in their order', async () => {
    const entries = many(20_000)
    let position = 0
    for await (const outcome of pool.openEntries(entries, OPTIONS)) {
      const entry = at(entries, position++)
      if (outcome.status !== 'opened' || outcome.sessionId !== entry.sessionId)
        throw new TypeError(`Entry ${position} is out of order, or failed`)
    }
    expect(position).toBe(20_000)
  })

  test('damaged entries fail with the same errors, causes among them', async () => {
    const entries = many(1600).map((entry, i) => (i % 7 === 3 ? damaged(entry, i) : entry))
    await expectSame(entries)
  })

  test('any places of damage', async () => {
    const places = fc.uniqueArray(fc.nat({ max: 199 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(places, fc.nat({ max: 7 }), async (damage, kind) => {
        await expectSame(
          many(200).map((entry, i) => (damage.includes(i) ? damaged(entry, kind) : entry)),
        )
      }),
      { numRuns: 10 },
    )
  })

  test('the key of another backup fails for every entry', async () => {
    await expectSame(many(300), { ...OPTIONS, key: keyOf('A'.repeat(43)) })
  })

  test.each(['libolm_or_intended', 'backup_mac_required'] as const)('%s', async (macPolicy) => {
    await expectSame(many(200), { ...OPTIONS, macPolicy })
  })

  test('a policy that is misspelt is a mistake of the caller', async () => {
    const options = { ...OPTIONS, macPolicy: 'none' as never }
    await expect(all(pool.openEntries(many(10), options))).rejects.toThrow(TypeError)
  })

  test("a caller's own provider, or algorithm, stays in the calling thread", async () => {
    let calls = 0
    const sharedSecrets: typeof platformSharedSecrets = (...keys) => {
      calls += 1
      return platformSharedSecrets(...keys)
    }
    await expectSame(many(300), { ...OPTIONS, sharedSecrets })
    // Twice, without a pool and with one.
    expect(calls).toBe(2 * Math.ceil(300 / BATCH_SIZE))
    const algorithm: BackupAlgorithm = { ...megolmBackupV1, parseSessionData: () => at([], 0) }
    await expect(all(pool.openEntries(many(300), { ...OPTIONS, algorithm }))).rejects.toThrow(
      'There is no element 0',
    )
  })

  test('an error of the source goes on, and the pool works on', async () => {
    async function* breaking(): AsyncGenerator<BackupEntry> {
      yield* many(300)
      await Promise.resolve()
      throw new RangeError('the source broke')
    }
    await expect(all(pool.openEntries(breaking(), OPTIONS))).rejects.toThrow('the source broke')
    await expectSame(many(130))
  })

  test('runs side by side do not disturb one another', async () => {
    const [a, b] = [many(700), many(500).toReversed()]
    const [first, second] = await Promise.all([
      all(pool.openEntries(a, OPTIONS)),
      all(pool.openEntries(b, OPTIONS)),
    ])
    expect(first.map(({ sessionId }) => sessionId)).toEqual(a.map(({ sessionId }) => sessionId))
    expect(second.map(({ sessionId }) => sessionId)).toEqual(b.map(({ sessionId }) => sessionId))
  })
})

const sessions: readonly SessionToSeal[] = account.expected.map((record, i) => ({
  roomId: at(account.entries, i).roomId,
  sessionId: at(account.entries, i).sessionId,
  session: record,
  isVerified: false,
  forwardedCount: 0,
}))

/** Sessions under their own ids. */
const TO_SEAL: readonly SessionToSeal[] = Array.from({ length: 400 }, (_, i) => {
  const one = at(sessions, i % sessions.length)
  return { ...one, sessionId: sessionId(at(account.expected, i % sessions.length).session_id) }
})

describe.each([megolmBackupV1, megolmBackupV2, megolmBackupV2Unstable])(
  'sealing, $name',
  (algorithm) => {
    const key = encryptionKeyOf(account.key)

    test('what is sealed in the pool opens, in the pool and without, in its order', async () => {
      const sealed = await all(pool.sealEntries(TO_SEAL, { algorithm, key }))
      const entries = sealed.filter(
        (outcome): outcome is SealedEntry => outcome.status === 'sealed',
      )
      expect(entries).toHaveLength(TO_SEAL.length)
      expect(entries.map(({ sessionId }) => sessionId)).toEqual(
        TO_SEAL.map(({ sessionId }) => sessionId),
      )
      await expectSame(entries, { algorithm, key: account.key })
      const opened = await all(pool.openEntries(entries, { algorithm, key: account.key }))
      expect(opened.every(({ status }) => status === 'opened')).toBe(true)
    })

    test('what cannot be sealed fails as it does without a pool', async () => {
      const broken = TO_SEAL.map((one, i) =>
        i % 50 === 7 ? { ...one, session: { ...one.session, session_key: 'AAAA' } } : one,
      )
      const outcomes = await all(pool.sealEntries(broken, { algorithm, key }))
      const expected = await all(sealEntries(broken, { algorithm, key }))
      const failures = (list: readonly SealOutcome[]): readonly unknown[] =>
        list.map((outcome) => (outcome.status === 'failed' ? told(outcome) : null))
      expect(failures(outcomes)).toEqual(failures(expected))
    })
  },
)

test('a public key of low order is the same error', async () => {
  const key = { publicKey: new Uint8Array(32), macKey: null }
  const sealing = all(pool.sealEntries(TO_SEAL, { algorithm: megolmBackupV1, key }))
  await expect(sealing).rejects.toMatchObject({ code: 'malformed_auth_data' })
})

describe('cancelling', () => {
  test('before the first entry', async () => {
    const signal = AbortSignal.abort(new RangeError('no'))
    await expect(all(pool.openEntries(many(10), { ...OPTIONS, signal }))).rejects.toThrow('no')
  })

  test('after any number of outcomes: no more come, and the pool works on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 700 }), async (after) => {
        const controller = new AbortController()
        let taken = 0
        const run = async (): Promise<void> => {
          const options = { ...OPTIONS, signal: controller.signal }
          for await (const { status } of pool.openEntries(many(900), options)) {
            taken += status === 'opened' ? 1 : 0
            if (taken === after) controller.abort(new RangeError('enough'))
          }
        }
        await expect(run()).rejects.toThrow('enough')
        expect(taken).toBe(after)
      }),
      { numRuns: 15 },
    )
    await expectSame(many(200))
  })

  test('while the source gives nothing', async () => {
    const controller = new AbortController()
    async function* stuck(): AsyncGenerator<BackupEntry> {
      yield* many(300)
      setTimeout(() => {
        controller.abort(new RangeError('enough'))
      }, 5)
      await new Promise<never>(() => undefined)
    }
    const options = { ...OPTIONS, signal: controller.signal }
    await expect(all(pool.openEntries(stuck(), options))).rejects.toThrow('enough')
  })

  test('leaving the loop closes the source', async () => {
    let isClosed = false
    async function* source(): AsyncGenerator<BackupEntry> {
      try {
        yield* many(5000)
      } finally {
        isClosed = true
        await Promise.resolve()
      }
    }
    for await (const { status } of pool.openEntries(source(), OPTIONS))
      if (status === 'opened') break
    expect(isClosed).toBe(true)
  })
})

test('the source is read no further than the workers need', async () => {
  let read = 0
  let ahead = 0
  function* counted(): Generator<BackupEntry> {
    for (const entry of many(3000)) {
      read += 1
      yield entry
    }
  }
  let taken = 0
  for await (const { status } of pool.openEntries(counted(), OPTIONS)) {
    taken += status === 'opened' ? 1 : 0
    ahead = Math.max(ahead, read - taken)
  }
  expect(taken).toBe(3000)
  // Two batches for each of two workers.
  expect(ahead).toBeLessThanOrEqual(4 * 64)
})

/** A worker that does nothing, or dies. */
function fakeWorker(onPost: (die: () => void) => void): PoolWorker {
  const listeners = new Set<() => void>()
  return {
    postMessage: () => {
      onPost(() => {
        for (const die of listeners) die()
      })
    },
    addEventListener: (type, listener) => {
      if (type === 'error')
        listeners.add(() => {
          listener({})
        })
    },
    terminate: () => undefined,
  }
}

describe('a worker that dies', () => {
  test('is an error with a type; other workers come in its place', async () => {
    const started: PoolWorker[] = []
    const createWorker = (): PoolWorker => {
      const worker = fakeWorker((die) => {
        queueMicrotask(die)
      })
      started.push(worker)
      return worker
    }
    const dying = createWebPool({ size: 2, createWorker })
    const opening = (): Promise<unknown> => all(dying.openEntries(many(3000), OPTIONS))
    await expect(opening()).rejects.toThrow(WorkerLostError)
    await expect(opening()).rejects.toMatchObject({ code: 'worker_lost', retryable: true })
    expect(started.length).toBeGreaterThan(2)
    await dying.close()
  })

  test('as a real thread: nothing hangs', async () => {
    const { Worker } = await import('node:worker_threads')
    const createWorker = (): PoolWorker => {
      const thread = new Worker(
        'require("node:worker_threads").parentPort.once("message", () => process.exit(1))',
        { eval: true },
      )
      return {
        postMessage: (message) => {
          thread.postMessage(message)
        },
        addEventListener: (type, listener) => {
          if (type === 'error')
            thread.on('exit', () => {
              listener({})
            })
        },
        terminate: () => thread.terminate(),
      }
    }
    await using dying = createWebPool({ size: 2, createWorker })
    await expect(all(dying.openEntries(many(3000), OPTIONS))).rejects.toThrow(BackupError)
  })
})

describe('closing', () => {
  test('what is under way rejects, and nothing begins any more', async () => {
    const closing = createEntryPool({ size: 1 })
    const run = async (): Promise<void> => {
      let taken = 0
      for await (const { status } of closing.openEntries(many(4000), OPTIONS)) {
        taken += status === 'opened' ? 1 : 0
        if (taken === 2200) await closing.close()
      }
    }
    await expect(run()).rejects.toThrow(/closed/)
    await expect(all(closing.openEntries(many(1), OPTIONS))).rejects.toThrow('The pool is closed')
  })

  test('small inputs start no worker, until there were many of them', async () => {
    const createWorker = (): PoolWorker => {
      throw new TypeError('A worker was started')
    }
    await using small = createEntryPool({ size: 2, createWorker })
    expect(await all(small.openEntries(many(1024), OPTIONS))).toHaveLength(1024)
    const key = encryptionKeyOf(account.key)
    const sealing = { algorithm: megolmBackupV1, key }
    const sealed = TO_SEAL.concat(TO_SEAL).concat(TO_SEAL.slice(0, 224))
    expect(await all(small.sealEntries(sealed, sealing))).toHaveLength(1024)
    await expect(all(small.openEntries(many(1), OPTIONS))).rejects.toThrow('A worker was started')
  })
})

describe('a mistake of the caller', () => {
  test.each([0, -1, 1.5])('%s workers', (size) => {
    expect(() => createEntryPool({ size })).toThrow(TypeError)
  })

  test('no way to make workers, where there is none by default', () => {
    expect(() => createWebPool({ size: 1 })).toThrow('createWorker is missing')
  })
})

test('bytes of the caller stay as they were', async () => {
  const key = keyOf(Buffer.from(randomBytes(32)).toString('base64').replace('=', ''))
  const before = Uint8Array.from(key.privateKey.expose())
  await all(pool.openEntries(many(300), { ...OPTIONS, key }))
  expect(key.privateKey.expose()).toEqual(before)
})
