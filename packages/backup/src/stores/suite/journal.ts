/** What every journal does. */
import type { Journal } from '../../ports/journal.ts'
import { HOSTILE_IDS } from './sessions.ts'
import { assert, assertEqual, type SuiteCase } from './suite-case.ts'

const RECORD = {
  phase: 'verify',
  done: 12,
  list: [1, 'two', null, { three: true }],
  lone: '\ud800',
  ['__proto__']: { polluted: true },
}

async function writesAtOnce(open: () => Promise<Journal>): Promise<void> {
  const journal = await open()
  const records = Array.from({ length: 30 }, (_, number) => ({ number, twice: [number, number] }))
  await Promise.all(records.map((record) => journal.write('name', record)))
  const read = JSON.stringify(await journal.read('name'))
  assert(
    records.some((record) => JSON.stringify(record) === read),
    'of writes at once one is there, whole',
  )
}

/** Compliance suite of `Journal`. */
export const journalSuite: readonly SuiteCase<Journal>[] = [
  {
    title: 'a record that is not there is null, and removing it is no error',
    run: async (open) => {
      const journal = await open()
      assertEqual(await journal.read('name'), null, 'a record that is not there')
      await journal.remove('name')
    },
  },
  {
    title: 'a record is read back',
    run: async (open) => {
      const journal = await open()
      await journal.write('name', RECORD)
      assertEqual(await journal.read('name'), RECORD, 'the record')
      await journal.write('name', {})
      assertEqual(await journal.read('name'), {}, 'a record without members')
    },
  },
  {
    title: 'a record is replaced as a whole',
    run: async (open) => {
      const journal = await open()
      await journal.write('name', RECORD)
      await journal.write('name', { done: 13 })
      assertEqual(await journal.read('name'), { done: 13 }, 'the record')
    },
  },
  {
    title: 'a record that was removed is gone',
    run: async (open) => {
      const journal = await open()
      await journal.write('name', RECORD)
      await journal.write('other', RECORD)
      await journal.remove('name')
      assertEqual(await journal.read('name'), null, 'the record')
      assertEqual(await journal.read('other'), RECORD, 'the other record')
    },
  },
  {
    title: 'a record stays as it was written when its source changes',
    run: async (open) => {
      const journal = await open()
      const list = [1]
      await journal.write('name', { list })
      list.push(2)
      assertEqual(await journal.read('name'), { list: [1] }, 'the record')
    },
  },
  {
    title: 'names may be any strings',
    run: async (open) => {
      const journal = await open()
      for (const [number, name] of HOSTILE_IDS.entries()) await journal.write(name, { number })
      for (const [number, name] of HOSTILE_IDS.entries())
        assertEqual(await journal.read(name), { number }, JSON.stringify(name).slice(0, 40))
    },
  },
  {
    title: 'a record of a megabyte is read back',
    run: async (open) => {
      const journal = await open()
      const record = { text: 'é'.repeat(2 ** 20) }
      await journal.write('name', record)
      assertEqual(await journal.read('name'), record, 'the record')
    },
  },
  { title: 'of writes at once one is there, whole', run: writesAtOnce },
]
