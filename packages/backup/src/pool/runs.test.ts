import { nobleSharedSecrets } from '@roomkeys/crypto/x25519'
import { expect, test, vi } from 'vitest'
import { account, at } from '../../test/vectors.ts'
import { openEntries } from '../open-entries.ts'
import { megolmBackupV1 } from '../v1.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { createRuns } from './runs.ts'

const items = account.entries.slice(0, 3)

function begun(privateKey: Uint8Array<ArrayBuffer>): ToWorker {
  const { publicKey } = account.key
  const algorithm = megolmBackupV1.name
  const setup = { kind: 'open', algorithm, macPolicy: 'libolm', privateKey, publicKey } as const
  return { kind: 'begin', run: 1, setup }
}

async function answered(answers: readonly FromWorker[], count: number): Promise<void> {
  await vi.waitFor(() => {
    expect(answers).toHaveLength(count)
  })
}

test('a run opens batches, and overwrites the bytes that its key came in', async () => {
  const answers: FromWorker[] = []
  const receive = createRuns((answer) => answers.push(answer))
  const posted = Uint8Array.from(account.key.privateKey.expose())
  receive(begun(posted))
  expect(posted).toEqual(new Uint8Array(32))
  receive({ kind: 'batch', run: 1, batch: 7, items })
  await answered(answers, 1)
  const expected = []
  const options = { algorithm: megolmBackupV1, key: account.key, sharedSecrets: nobleSharedSecrets }
  for await (const outcome of openEntries(items, options)) expected.push(outcome)
  expect(answers).toEqual([{ batch: 7, results: expected }])
})

test('what fails is answered with null, one by one', async () => {
  const answers: FromWorker[] = []
  const receive = createRuns((answer) => answers.push(answer))
  receive(begun(Uint8Array.from(account.key.privateKey.expose())))
  const broken = { ...at(items, 1), data: null }
  receive({ kind: 'batch', run: 1, batch: 0, items: [at(items, 0), broken] })
  await answered(answers, 1)
  expect(at(answers, 0).results?.map((result) => result === null)).toEqual([false, true])
})

test('a run that ended has no key any more, and answers no new batch', async () => {
  const answers: FromWorker[] = []
  const receive = createRuns((answer) => answers.push(answer))
  receive(begun(Uint8Array.from(account.key.privateKey.expose())))
  receive({ kind: 'end', run: 1 })
  receive({ kind: 'batch', run: 1, batch: 0, items })
  receive(begun(Uint8Array.from(account.key.privateKey.expose())))
  receive({ kind: 'batch', run: 1, batch: 1, items })
  await answered(answers, 1)
  expect(at(answers, 0).batch).toBe(1)
})

test('an algorithm that is not known here is no answer but an error of the worker', () => {
  const receive = createRuns(() => undefined)
  const { publicKey } = account.key
  const privateKey = new Uint8Array(32)
  const setup = {
    kind: 'open',
    algorithm: 'x',
    macPolicy: 'libolm',
    privateKey,
    publicKey,
  } as const
  expect(() => {
    receive({ kind: 'begin', run: 1, setup })
  }).toThrow(TypeError)
})
