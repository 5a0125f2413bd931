import { backupVersion } from '@roomkeys/types'
import { describe, expect, test } from 'vitest'
import { keyOf } from '../../test/merge/keys.ts'
import { createMemoryStore } from '../memory.ts'
import { importKeys, markRefused, markUploaded } from '../merge.ts'
import type { RoomKeyStore, StoredSession, UploadMark } from '../ports.ts'

const FIRST = backupVersion('1')
const SECOND = backupVersion('2')
const { roomId, sessionId } = keyOf()
const SENT = { roomId, sessionId, revision: 1 }

async function storeWith(...indexes: readonly number[]): Promise<RoomKeyStore> {
  const store = createMemoryStore()
  for (const index of indexes) await importKeys(store, [keyOf({ index })])
  return store
}

async function markOf(store: RoomKeyStore): Promise<UploadMark | null | undefined> {
  return (await store.get(SENT))?.upload
}

describe.each([
  ['stored', markUploaded],
  ['refused', markRefused],
] as const)('a session that is %s', (state, mark) => {
  test('is pending no more for that version', async () => {
    const store = await storeWith(3)
    await mark(store, await store.pending(FIRST, 9), FIRST)
    expect(await markOf(store)).toEqual({ version: FIRST, revision: 1, state })
    expect(await store.counts(FIRST)).toEqual({ total: 1, pending: 0 })
    expect(await store.counts(SECOND)).toEqual({ total: 1, pending: 1 })
  })

  test('stays pending when it improved meanwhile', async () => {
    const store = await storeWith(3)
    const sent = await store.pending(FIRST, 9)
    await importKeys(store, [keyOf({ index: 1 })])
    await mark(store, sent, FIRST)
    expect(await store.counts(FIRST)).toEqual({ total: 1, pending: 1 })
    expect((await store.get(SENT))?.copies[0]?.session).toEqual(keyOf({ index: 1 }).session)
  })

  test('does not lose the mark of its present revision to one of an older', async () => {
    const store = await storeWith(3, 1)
    await markUploaded(store, [{ ...SENT, revision: 2 }], SECOND)
    await mark(store, [SENT], FIRST)
    expect(await markOf(store)).toEqual({ version: SECOND, revision: 2, state: 'stored' })
  })

  test('is not made by its mark', async () => {
    const store = await storeWith()
    await mark(store, [SENT], FIRST)
    expect(await store.counts(FIRST)).toEqual({ total: 0, pending: 0 })
  })

  test('is written once', async () => {
    const store = await storeWith(3)
    await mark(store, [SENT, SENT], FIRST)
    const before: StoredSession | null = await store.get(SENT)
    await mark(store, [SENT], FIRST)
    expect(await store.get(SENT)).toBe(before)
  })
})

test('what a version has is not refused by it; what it refused it may have after all', async () => {
  const store = await storeWith(3)
  await markRefused(store, [SENT], FIRST)
  await markUploaded(store, [SENT], FIRST)
  await markRefused(store, [SENT], FIRST)
  expect(await markOf(store)).toEqual({ version: FIRST, revision: 1, state: 'stored' })
  await markRefused(store, [SENT], SECOND)
  expect(await markOf(store)).toEqual({ version: SECOND, revision: 1, state: 'refused' })
})
