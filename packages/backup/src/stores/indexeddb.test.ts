import 'fake-indexeddb/auto'
import { wrap } from 'idb'
import { backupVersion } from '@roomkeys/types'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { rejected } from '../../test/caught.ts'
import { keyOf } from '../../test/merge/keys.ts'
import { createSimulatedClock } from '../../test/simulation/clock.ts'
import type { BackupError } from '../errors.ts'
import { openIndexedDbStore } from '../indexeddb.ts'
import { importKeys, markUploaded } from '../merge.ts'
import { systemClock } from '../ports.ts'
import { JOURNAL, MIGRATIONS, openDatabase, SESSIONS } from './indexeddb-schema.ts'
import { addressesIn, fill, nextRevision, sessionAt } from './suite/sessions.ts'
import { collect } from './suite/suite-case.ts'

const FIRST = backupVersion('1')
const closing: (() => void)[] = []

let databases = 0
function newName(): string {
  databases += 1
  return `database ${databases}`
}

async function open(name: string = newName()) {
  const opened = await openIndexedDbStore({ name })
  closing.push(opened.close)
  return opened
}

afterEach(() => {
  vi.restoreAllMocks()
  for (const close of closing.splice(0)) close()
})

/** Runs requests on the database as another program would. */
async function tamper(name: string, change: (rows: IDBObjectStore) => IDBRequest): Promise<void> {
  const factory = indexedDB
  const options = { name, factory, clock: systemClock, migrations: MIGRATIONS }
  const database = await openDatabase(options)
  await wrap(change(database.transaction(SESSIONS, 'readwrite').objectStore(SESSIONS)))
  database.close()
}

function expectStoreError(error: BackupError, message: RegExp): void {
  expect(error).toMatchObject({ code: 'store', retryable: false })
  expect(error.message).toMatch(message)
}

describe('what was stored', () => {
  test('is there when the database is opened again', async () => {
    const name = newName()
    const first = await open(name)
    await importKeys(first.store, [keyOf(), keyOf({ session: 1 })])
    await markUploaded(first.store, [{ ...keyOf(), revision: 1 }], FIRST)
    await first.journal.write('restore', { done: 2 })
    first.close()
    const second = await open(name)
    expect(await second.store.counts(FIRST)).toEqual({ total: 2, pending: 1 })
    expect(await second.journal.read('restore')).toEqual({ done: 2 })
  })

  test('is seen by both of two connections, whose updates take turns', async () => {
    const name = newName()
    const [first, second] = [await open(name), await open(name)]
    const addresses = addressesIn('!room', 5)
    await Promise.all(
      Array.from({ length: 30 }, (_, round) =>
        (round % 2 ? first : second).store.update(addresses, nextRevision),
      ),
    )
    for (const { store } of [first, second])
      expect((await store.get(addressesIn('!room', 1)[0] ?? keyOf()))?.revision).toBe(30)
  })

  test('is in the database of the factory that is given', async () => {
    const { IDBFactory } = await import('fake-indexeddb')
    const name = newName()
    const given = await openIndexedDbStore({ name, indexedDB: new IDBFactory() })
    closing.push(given.close)
    await fill(given.store, addressesIn('!room', 3))
    expect(await (await open(name)).store.counts(FIRST)).toEqual({ total: 0, pending: 0 })
  })
})

test('looking for what is pending goes round, and finds what comes behind it', async () => {
  const { store } = await open()
  const addresses = addressesIn('!room', 10)
  await fill(store, addresses)
  const ids = async (limit: number) =>
    (await store.pending(FIRST, limit)).map(({ sessionId }) => sessionId)
  expect(await ids(4)).toEqual(['session 0', 'session 1', 'session 2', 'session 3'])
  expect(await ids(4)).toEqual(['session 4', 'session 5', 'session 6', 'session 7'])
  expect(await ids(4)).toEqual(['session 8', 'session 9', 'session 0', 'session 1'])
  expect((await ids(20)).length).toBe(10)
  await markUploaded(
    store,
    addresses.map((address) => ({ ...address, revision: 1 })),
    FIRST,
  )
  expect(await ids(4)).toEqual([])
  await store.update(addresses.slice(0, 1), nextRevision)
  expect(await ids(4)).toEqual(['session 0'])
})

describe('a record that is damaged', () => {
  const SECRET = 'the session key'
  const [address = keyOf()] = addressesIn('!room', 1)
  const WHOLE = { ...sessionAt(address), settled: '' }
  const session = { ...WHOLE.copies[0]?.session, session_key: SECRET }
  const DAMAGED: readonly (readonly [string, object])[] = [
    ['no copies', { ...WHOLE, copies: [] }],
    ['copies that are none', { ...WHOLE, copies: SECRET }],
    ['no origins', { ...WHOLE, copies: [{ session, origins: [] }] }],
    [
      'an unknown origin',
      {
        ...WHOLE,
        copies: [{ session, origins: [{ fromIndex: 0, provenance: { kind: SECRET } }] }],
      },
    ],
    ['no sender key', { ...WHOLE, copies: [{ session: { session_key: SECRET }, origins: [] }] }],
    ['no revision', { ...WHOLE, revision: 0 }],
    ['no mark', { ...WHOLE, upload: undefined }],
    ['a mark of nothing', { ...WHOLE, upload: { version: 1, revision: 1, state: SECRET } }],
  ]

  test.each(DAMAGED)('is told by its address, and not by its content: %s', async (_, row) => {
    const name = newName()
    const { store } = await open(name)
    await fill(store, [address])
    await tamper(name, (rows) => rows.put(row))
    const calls = [
      store.get(address),
      store.pending(FIRST, 5),
      store.update([address], nextRevision),
      collect(store.sessions()),
    ]
    for (const call of calls) {
      const error = await rejected(call)
      expectStoreError(error, /"session 0" of room "!room" is damaged/)
      expect(JSON.stringify([error.message, String(error.cause)])).not.toContain(SECRET)
    }
  })

  test('costs an update of others nothing', async () => {
    const name = newName()
    const { store } = await open(name)
    await tamper(name, (rows) => rows.put({ ...WHOLE, copies: [] }))
    const others = addressesIn('!room', 3).slice(1)
    await fill(store, others)
    expect(await store.counts(FIRST)).toEqual({ total: 3, pending: 3 })
  })
})

describe('the schema', () => {
  const options = { factory: indexedDB, clock: systemClock }

  test('is brought up to date from any version before', async () => {
    const name = newName()
    const { store, close } = await open(name)
    await fill(store, addressesIn('!room', 3))
    close()
    const seen: string[] = []
    const newer = [
      ...MIGRATIONS,
      (database: IDBDatabase) => {
        database.createObjectStore('later')
        seen.push('second')
      },
      (_: IDBDatabase, transaction: IDBTransaction) => {
        transaction.objectStore(SESSIONS).createIndex('revision', 'revision')
        seen.push('third')
      },
    ]
    const database = await openDatabase({ ...options, name, migrations: newer })
    closing.push(() => {
      database.close()
    })
    expect(seen).toEqual(['second', 'third'])
    expect(database.version).toBe(3)
    expect([...database.objectStoreNames]).toEqual([JOURNAL, 'later', SESSIONS])
    const rows = database.transaction(SESSIONS).objectStore(SESSIONS).index('revision')
    expect(await wrap(rows.count(1))).toBe(3)
  })

  test('of a newer version is refused, and left as it is', async () => {
    const name = newName()
    const migrations = [...MIGRATIONS, () => undefined]
    const database = await openDatabase({ ...options, name, migrations })
    database.close()
    expectStoreError(await rejected(open(name)), /newer version/)
    const again = await openDatabase({ ...options, name, migrations })
    expect(again.version).toBe(2)
    again.close()
  })

  test('that another window brings up to date closes this one', async () => {
    const name = newName()
    const { store, journal } = await open(name)
    const migrations = [...MIGRATIONS, () => undefined]
    const database = await openDatabase({ ...options, name, migrations })
    expectStoreError(await rejected(store.counts(FIRST)), /closed/)
    expectStoreError(await rejected(journal.write('name', {})), /closed/)
    expectStoreError(await rejected(importKeys(store, [keyOf()])), /closed/)
    database.close()
  })

  test('is not waited for for ever where another window does not close', async () => {
    const name = newName()
    const request = indexedDB.open(name, 1)
    await wrap(request)
    const clock = createSimulatedClock()
    const migrations = [...MIGRATIONS, () => undefined]
    const opening = openDatabase({ name, factory: indexedDB, clock, migrations })
    expectStoreError(await rejected(opening), /Another window/)
    expect(clock.sleeps).toEqual([10_000])
    request.result.close()
    const late = await openDatabase({ name, factory: indexedDB, clock, migrations })
    expect(late.version).toBe(2)
    late.close()
  })

  test('that is no key store is told as such', async () => {
    const name = newName()
    const request = indexedDB.open(name, 1)
    request.addEventListener('upgradeneeded', () => {
      request.result.createObjectStore('something else')
    })
    await wrap(request)
    request.result.close()
    const { store } = await open(name)
    expectStoreError(await rejected(store.counts(FIRST)), /no key store/)
  })
})

describe('what the platform refuses', () => {
  test('a platform without databases', async () => {
    const failing = (): never => {
      throw new DOMException('not here', 'SecurityError')
    }
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(failing)
    const error = await rejected(openIndexedDbStore({ name: newName() }))
    expectStoreError(error, /failed/)
    expect(error.cause).toMatchObject({ name: 'SecurityError' })
  })

  test('no room: nothing is written, and the store goes on', async () => {
    const { store, journal } = await open()
    await fill(store, addressesIn('!room', 3))
    const full = (): never => {
      throw new DOMException('the disk is full', 'QuotaExceededError')
    }
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(full)
    const error = await rejected(store.update(addressesIn('!room', 9), nextRevision))
    expectStoreError(error, /no room left/)
    expect(error.cause).toMatchObject({ name: 'QuotaExceededError' })
    expectStoreError(await rejected(journal.write('name', {})), /no room left/)
    vi.restoreAllMocks()
    expect(await store.counts(FIRST)).toEqual({ total: 3, pending: 3 })
    await store.update(addressesIn('!room', 9), nextRevision)
    expect(await store.counts(FIRST)).toEqual({ total: 9, pending: 9 })
  })

  test('a session that cannot be stored: those before it are not written either', async () => {
    const { store } = await open()
    const error = await rejected(
      store.update(addressesIn('!room', 5), (_, address) => {
        const session = sessionAt(address)
        const [copy] = session.copies
        if (copy === undefined || address.sessionId !== 'session 3') return session
        const record = { ...copy.session, 'org.example.function': () => 'no JSON' }
        return { ...session, copies: [{ ...copy, session: record }] }
      }),
    )
    expectStoreError(error, /failed/)
    expect(error.cause).toMatchObject({ name: 'DataCloneError' })
    expect(await store.counts(FIRST)).toEqual({ total: 0, pending: 0 })
  })

  test('a store that is closed', async () => {
    const { store, journal, close } = await open()
    close()
    close()
    const calls = [
      store.get(keyOf()),
      store.update([keyOf()], () => null),
      store.pending(FIRST, 1),
      store.counts(FIRST),
      collect(store.sessions()),
      journal.read('name'),
      journal.remove('name'),
    ]
    for (const call of calls) expectStoreError(await rejected(call), /closed/)
  })
})
