import { nobleSharedSecrets, type SharedSecrets } from '@roomkeys/crypto/x25519'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { memoisedSharedSecrets, openAll, OPTIONS } from '../test/open.ts'
import { dataEntry } from '../test/sealed.ts'
import { account, at } from '../test/vectors.ts'
import { BATCH_SIZE } from './batches.ts'
import type { BackupEntry, EntryOutcome } from './entry.ts'
import { BATCHES_AT_ONCE } from './in-order.ts'
import { openEntries } from './open-entries.ts'

const { entries } = account
const idsOf = (list: readonly { readonly sessionId: string }[]) =>
  list.map(({ sessionId }) => sessionId)

/** An endless source of entries that tells what was asked of it. */
function watchedSource(): {
  source: AsyncIterable<BackupEntry>
  asked: () => number
  closed: () => boolean
} {
  let asked = 0
  let closed = false
  async function* generate() {
    try {
      for (;;) {
        asked += 1
        yield await Promise.resolve(at(entries, asked % entries.length))
      }
    } finally {
      closed = true
    }
  }
  return { source: generate(), asked: () => asked, closed: () => closed }
}

/** Takes outcomes, aborts after so many, and returns all that came. */
async function takeUntilAborted(
  source: AsyncIterable<BackupEntry>,
  outcomes: number,
): Promise<readonly EntryOutcome[]> {
  const controller = new AbortController()
  const reason = new Error('enough')
  const { signal } = controller
  const taken: EntryOutcome[] = []
  const reading = async () => {
    for await (const outcome of openEntries(source, { ...OPTIONS, signal })) {
      taken.push(outcome)
      if (taken.length === outcomes) controller.abort(reason)
    }
  }
  await expect(reading()).rejects.toBe(reason)
  return taken
}

describe('outcomes', () => {
  const mixed = fc.array(
    fc.oneof(
      fc.integer({ min: 0, max: 20 }).map((index) => at(entries, index)),
      fc.constant(dataEntry(null)),
      fc.constant(dataEntry({ session_data: {} })),
    ),
    { maxLength: 200, size: 'max' },
  )

  async function* slowly(list: readonly BackupEntry[]) {
    for (const entry of list) yield await Promise.resolve(entry)
  }

  test('come in the order and number of the entries, from an array or a stream', async () => {
    await fc.assert(
      fc.asyncProperty(mixed, async (list) => {
        const outcomes = await openAll(list)
        expect(idsOf(outcomes)).toEqual(idsOf(list))
        expect(outcomes.map(({ status }) => status)).toEqual(
          list.map(({ data }) =>
            entries.some((entry) => entry.data === data) ? 'opened' : 'failed',
          ),
        )
        expect(await openAll(slowly(list))).toEqual(outcomes)
      }),
      { numRuns: 20 },
    )
  })

  test.each([1, 63, 64, 65, 127, 128, 129, 250])('are %i for so many entries', async (count) => {
    const list = entries.slice(0, count)
    expect(idsOf(await openAll(list))).toEqual(idsOf(list))
  })

  test('of no entries are none, and nothing is computed', async () => {
    const sharedSecrets = vi.fn(memoisedSharedSecrets)
    expect(await openAll([], { sharedSecrets })).toEqual([])
    expect(await openAll(slowly([]), { sharedSecrets })).toEqual([])
    expect(sharedSecrets).not.toHaveBeenCalled()
  })

  test('of the same entry twice are two', async () => {
    const entry = at(entries, 0)
    const [one, two] = await openAll([entry, entry])
    expect(one).toEqual(two)
  })
})

describe('a provider of shared secrets', () => {
  test('is given the key and the ephemeral keys that could be decoded, in batches', async () => {
    const sharedSecrets = vi.fn<SharedSecrets>(memoisedSharedSecrets)
    const list = [...entries.slice(0, BATCH_SIZE + 6), dataEntry(null)]
    await openAll(list, { sharedSecrets })
    expect(sharedSecrets.mock.calls.map(([, publicKeys]) => publicKeys.length)).toEqual([
      BATCH_SIZE,
      6,
    ])
    for (const [privateKey] of sharedSecrets.mock.calls)
      expect(privateKey).toEqual(account.key.privateKey.expose())
  })

  test('decides what is decrypted', async () => {
    const sharedSecrets: SharedSecrets = (_, publicKeys) =>
      Promise.resolve(publicKeys.map(() => new Uint8Array(32).fill(1)))
    const outcomes = await openAll(entries.slice(0, 3), { sharedSecrets })
    expect(outcomes.map((outcome) => outcome.status === 'failed' && outcome.reason)).toEqual(
      Array<string>(3).fill('mac_mismatch'),
    )
  })

  test('that fails ends it with its own error', async () => {
    const broken = new Error('no such device')
    const opening = openAll(entries, { sharedSecrets: () => Promise.reject(broken) })
    await expect(opening).rejects.toBe(broken)
  })

  test('may be left out', async () => {
    const options = { algorithm: OPTIONS.algorithm, key: OPTIONS.key }
    const outcomes: EntryOutcome[] = []
    for await (const outcome of openEntries(entries.slice(0, 1), options)) outcomes.push(outcome)
    expect(outcomes).toMatchObject([{ status: 'opened' }])
    const named = await openAll(entries.slice(0, 1), { sharedSecrets: nobleSharedSecrets })
    expect(named).toEqual(outcomes)
  })
})

describe('a source of entries', () => {
  test('that fails ends it with its own error, after the outcomes of whole batches', async () => {
    const broken = new Error('the connection broke')
    function* source() {
      yield* entries.slice(0, 100)
      throw broken
    }
    const taken: EntryOutcome[] = []
    const reading = async () => {
      for await (const outcome of openEntries(source(), OPTIONS)) taken.push(outcome)
    }
    await expect(reading()).rejects.toBe(broken)
    expect(idsOf(taken)).toEqual(idsOf(entries.slice(0, 100 - (100 % BATCH_SIZE))))
  })

  test('is read no further than the batches that are worked on', async () => {
    const { source, asked } = watchedSource()
    const outcomes = openEntries(source, OPTIONS)
    await outcomes.next()
    await new Promise(setImmediate)
    expect(asked()).toBe(BATCH_SIZE * BATCHES_AT_ONCE)
    await outcomes.return(undefined)
  })

  test('that does not go on holds back no outcome of what came', async () => {
    async function* source() {
      yield* entries.slice(0, BATCH_SIZE)
      await new Promise(() => undefined)
    }
    const outcomes = openEntries(source(), OPTIONS)
    for (let n = 0; n < BATCH_SIZE; n++)
      expect((await outcomes.next()).value).toMatchObject({ status: 'opened' })
    await outcomes.return(undefined)
  })

  test('is closed when the loop is left', async () => {
    const { source, closed } = watchedSource()
    for await (const outcome of openEntries(source, OPTIONS)) {
      expect(outcome.status).toBe('opened')
      break
    }
    await vi.waitFor(() => {
      expect(closed()).toBe(true)
    })
  })
})

describe('an aborted signal', () => {
  test('before anything: the source is not asked', async () => {
    const reason = new Error('enough')
    const { source, asked } = watchedSource()
    const signal = AbortSignal.abort(reason)
    await expect(openAll(source, { signal })).rejects.toBe(reason)
    expect(asked()).toBe(0)
  })

  test.each([1, 10, 63, 64, 65, 100, 128])(
    'after %i outcomes: no more come, and the source is closed',
    async (outcomes) => {
      const { source, closed } = watchedSource()
      const taken = await takeUntilAborted(source, outcomes)
      expect(taken).toHaveLength(outcomes)
      await vi.waitFor(() => {
        expect(closed()).toBe(true)
      })
    },
  )

  test('while secrets are computed: none of their outcomes come', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const sharedSecrets: SharedSecrets = (privateKey, publicKeys) => {
      controller.abort(reason)
      return memoisedSharedSecrets(privateKey, publicKeys)
    }
    const { source, closed } = watchedSource()
    const opening = openEntries(source, { ...OPTIONS, sharedSecrets, signal: controller.signal })
    await expect(opening.next()).rejects.toBe(reason)
    await vi.waitFor(() => {
      expect(closed()).toBe(true)
    })
  })

  test.each([0, 64, 100])(
    'that ends the source after %i entries does not pass for its end',
    async (count) => {
      const controller = new AbortController()
      const reason = new Error('enough')
      function* source() {
        yield* entries.slice(0, count)
        controller.abort(reason)
      }
      const opening = openAll(source(), { signal: controller.signal })
      await expect(opening).rejects.toBe(reason)
    },
  )
})

test('a provider that leaves results out is told so, and nothing is taken for a weak key', async () => {
  const sharedSecrets: SharedSecrets = () => Promise.resolve([])
  await expect(openAll(entries.slice(0, 3), { sharedSecrets })).rejects.toThrow(TypeError)
})
