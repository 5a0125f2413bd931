import { backupVersion, sessionId } from '@roomkeys/types'
import { describe, expect, test } from 'vitest'
import { rejected } from '../../test/caught.ts'
import { contentOf, type KeyDraft, keyOf, sessionKeyOf } from '../../test/merge/keys.ts'
import { BackupError } from '../errors.ts'
import { createMemoryStore } from '../memory.ts'
import {
  importKeys,
  type ImportKeysOptions,
  type ImportOutcome,
  type IncomingKey,
} from '../merge.ts'
import type { RoomKeyStore, StoredSession } from '../ports.ts'

const FIRST = backupVersion('1')
const SECOND = backupVersion('2')

/** Imports each draft in a batch of its own: outcomes, and the session in the end. */
async function importEach(
  drafts: readonly KeyDraft[],
  options?: ImportKeysOptions,
): Promise<{ outcomes: readonly string[]; session: StoredSession | null; store: RoomKeyStore }> {
  const store = createMemoryStore()
  const outcomes: ImportOutcome[] = []
  for (const draft of drafts) outcomes.push(...(await importKeys(store, [keyOf(draft)], options)))
  const session = await store.get(keyOf(drafts[0]))
  return { outcomes: outcomes.map(({ outcome }) => outcome), session, store }
}

describe('a key that is no session', () => {
  const INVALID: readonly (readonly [string, IncomingKey])[] = [
    ['unsupported_session', keyOf({ record: { algorithm: 'm.megolm.v2' } })],
    ['malformed_session_key', keyOf({ record: { session_key: 'AAAA' } })],
    ['malformed_session_key', keyOf({ record: { session_key: '!' } })],
    ['session_id_mismatch', { ...keyOf(), sessionId: keyOf({ session: 1 }).sessionId }],
    ['session_id_mismatch', { ...keyOf(), sessionId: sessionId(`${keyOf().sessionId}=`) }],
    ['session_id_mismatch', { ...keyOf(), sessionId: sessionId('__proto__') }],
  ]

  test.each(INVALID)('is invalid: %s', async (reason, key) => {
    const store = createMemoryStore()
    const good = keyOf({ session: 2 })
    const [before, outcome, after] = await importKeys(store, [good, key, keyOf({ session: 3 })])
    expect(outcome).toMatchObject({ outcome: 'invalid', reason, sessionId: key.sessionId })
    expect([before?.outcome, after?.outcome]).toEqual(['added', 'added'])
    expect((await store.counts(FIRST)).total).toBe(2)
    if (outcome?.outcome !== 'invalid') throw new Error('The key is not invalid')
    expect(outcome.error.message).not.toContain(key.session.session_key)
  })

  test('alone in a batch needs no transaction', async () => {
    const store = { ...createMemoryStore(), update: () => Promise.reject(new Error('asked')) }
    const [outcome] = await importKeys(store, [keyOf({ record: { session_key: 'A' } })])
    expect(outcome).toMatchObject({ outcome: 'invalid' })
    expect(await importKeys(store, [])).toEqual([])
  })
})

describe('the copies', () => {
  test('the lower index and the better origin are kept, each on its own', async () => {
    const { outcomes, session } = await importEach([
      { index: 5, kind: 'direct', record: { sender_key: 'true sender' } },
      { index: 2, kind: 'unauthenticated_backup', record: { sender_key: 'claimed sender' } },
      { index: 3, kind: 'export_file' },
      { index: 9, kind: 'export_file' },
    ])
    expect(outcomes).toEqual(['added', 'improved', 'improved', 'unchanged'])
    expect(session?.revision).toBe(3)
    expect(session?.copies).toEqual([
      {
        session: keyOf({ index: 2, record: { sender_key: 'true sender' } }).session,
        origins: [
          { fromIndex: 2, provenance: { kind: 'unauthenticated_backup' } },
          { fromIndex: 3, provenance: { kind: 'export_file' } },
          { fromIndex: 5, provenance: { kind: 'direct' } },
        ],
      },
    ])
  })

  test('that conflict are kept side by side until one is authenticated', async () => {
    const { outcomes, session } = await importEach([
      { index: 4, ratchet: 1 },
      { index: 5 },
      { index: 5, kind: 'direct' },
      { index: 0, ratchet: 1 },
    ])
    expect(outcomes).toEqual(['added', 'kept_conflicting', 'improved', 'refused'])
    expect(session?.copies.map((copy) => copy.session.session_key)).toEqual([
      sessionKeyOf({ index: 5 }),
    ])
  })

  test('of a copy that is disproved the authenticated part is written, from its own index', async () => {
    const { outcomes, session } = await importEach([
      { index: 0, kind: 'unauthenticated_backup', record: { name: 'old', old: true } },
      { index: 5, kind: 'direct', record: { name: 'direct' } },
      { index: 3, ratchet: 1, kind: 'direct', record: { name: 'other' } },
    ])
    expect(outcomes).toEqual(['added', 'improved', 'replaced'])
    const records = session?.copies.map((copy) => [copy.session.session_key, copy.session['name']])
    expect(records?.toSorted()).toEqual(
      [
        [sessionKeyOf({ index: 5 }), 'direct'],
        [sessionKeyOf({ index: 3, ratchet: 1 }), 'other'],
      ].toSorted(),
    )
  })

  test('each keep the record of their own', async () => {
    const { session } = await importEach([
      { ratchet: 0, record: { name: 'genuine' } },
      { ratchet: 1, record: { name: 'forged' } },
      { ratchet: 1, index: 3, record: { more: 'forged' } },
      { ratchet: 0, index: 7, record: { more: 'genuine' } },
    ])
    const records = session?.copies.map((copy) => [copy.session['name'], copy.session['more']])
    expect(records?.toSorted()).toEqual([
      ['forged', 'forged'],
      ['genuine', 'genuine'],
    ])
  })

  test('what is unauthenticated is marked so from the first index on', async () => {
    const marked = { unauthenticated: 'm.legacy-v1' }
    const marks = async (...drafts: readonly KeyDraft[]) =>
      (await importEach(drafts)).session?.copies.map((copy) => copy.session['unauthenticated'])
    const early: KeyDraft = { index: 1, kind: 'unauthenticated_backup', record: marked }
    expect(await marks({ index: 2, kind: 'direct' }, early)).toEqual(['m.legacy-v1'])
    expect(await marks(early, { index: 1, kind: 'direct' })).toEqual([undefined])
    expect(await marks({ index: 0 }, early)).toEqual([undefined])
    expect(await marks({ kind: 'direct', record: marked })).toEqual([undefined])
  })

  test('a record that brings a member improves what is kept', async () => {
    const { outcomes, session } = await importEach([
      { record: { sender_claimed_keys: {} } },
      { record: { 'm.shared_history': true } },
      { record: { 'm.shared_history': true } },
    ])
    expect(outcomes).toEqual(['added', 'improved', 'unchanged'])
    expect(session?.revision).toBe(2)
    expect(session?.copies[0]?.session).toEqual(
      keyOf({ record: { 'm.shared_history': true } }).session,
    )
  })

  test('room id and session id are not repeated in the record', async () => {
    const { session } = await importEach([{ record: { room_id: '!other', session_id: 'other' } }])
    expect(session?.copies[0]?.session).toEqual(keyOf().session)
  })
})

describe('a batch', () => {
  test('is one transaction, whatever is in it', async () => {
    const store = createMemoryStore()
    let updates = 0
    const counting: RoomKeyStore = {
      ...store,
      update: (...parameters) => {
        updates += 1
        return store.update(...parameters)
      },
    }
    const batch = [0, 1, 0, 2, 1].map((session, index) => keyOf({ session, index: 9 - index }))
    const outcomes = await importKeys(counting, batch)
    expect(updates).toBe(1)
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      'added',
      'added',
      'improved',
      'added',
      'improved',
    ])
    expect(outcomes.map((outcome) => outcome.sessionId)).toEqual(batch.map((key) => key.sessionId))
    expect((await store.get(keyOf()))?.revision).toBe(2)
  })

  test('may be decided several times by its store', async () => {
    const store = createMemoryStore()
    const retrying: RoomKeyStore = {
      ...store,
      update: async (addresses, decide) => {
        for (const address of addresses) decide(null, address)
        await store.update(addresses, decide)
      },
    }
    await importKeys(store, [keyOf({ index: 3 })])
    const [outcome] = await importKeys(retrying, [keyOf({ index: 5 })])
    expect(outcome?.outcome).toBe('unchanged')
  })

  test('fails with a typed error that names the address when the store holds no session', async () => {
    const store = createMemoryStore()
    const { roomId, sessionId: id, session } = keyOf()
    const damaged = { session: { ...session, session_key: 'damaged secret' }, origins: [] }
    await store.update([keyOf()], () => ({
      roomId,
      sessionId: id,
      copies: [damaged],
      revision: 1,
      upload: null,
    }))
    const error = await rejected(importKeys(store, [keyOf()]))
    expect(error).toBeInstanceOf(BackupError)
    expect(error).toMatchObject({ code: 'store', retryable: false })
    expect(String(error)).toContain(id)
    expect(String(error)).not.toContain('damaged secret')
  })
})

describe('keys that a version holds', () => {
  const heldBy = { heldBy: FIRST }

  test('are settled there, new or not', async () => {
    const { session, store } = await importEach([{ index: 3 }, { index: 3 }], heldBy)
    expect(session?.upload).toEqual({ version: FIRST, revision: 1, state: 'stored' })
    expect(await store.counts(FIRST)).toEqual({ total: 1, pending: 0 })
    expect(await store.counts(SECOND)).toEqual({ total: 1, pending: 1 })
  })

  test('settle what the store had already', async () => {
    const { store } = await importEach([{ index: 3, kind: 'direct' }])
    const [outcome] = await importKeys(
      store,
      [keyOf({ index: 3, kind: 'unauthenticated_backup' })],
      heldBy,
    )
    expect(outcome?.outcome).toBe('unchanged')
    expect(await store.counts(FIRST)).toEqual({ total: 1, pending: 0 })
    expect((await store.get(keyOf()))?.revision).toBe(1)
  })

  test('settle what they improve, at the new revision', async () => {
    const { store } = await importEach([{ index: 3 }])
    await importKeys(store, [keyOf({ index: 1 })], heldBy)
    expect((await store.get(keyOf()))?.upload).toMatchObject({ revision: 2, version: FIRST })
  })

  test.each<readonly [string, readonly KeyDraft[], KeyDraft]>([
    ['a lower index is kept', [{ index: 2 }], { index: 3 }],
    ['what is kept conflicts and wins', [{ kind: 'direct' }], { ratchet: 1 }],
    ['both of a conflict are kept', [{}], { ratchet: 1 }],
    ['one of several conflicting copies', [{}, { ratchet: 1 }], {}],
  ])('leave pending: %s', async (_, held, incoming) => {
    const { store } = await importEach(held)
    await importKeys(store, [keyOf(incoming)], heldBy)
    expect(await store.counts(FIRST)).toEqual({ total: 1, pending: 1 })
  })

  test('that were refused before and are there all the same are stored', async () => {
    const { store } = await importEach([{}])
    await store.update([keyOf()], (held) =>
      held === null ? null : { ...held, upload: { version: FIRST, revision: 1, state: 'refused' } },
    )
    await importKeys(store, [keyOf()], heldBy)
    expect((await store.get(keyOf()))?.upload?.state).toBe('stored')
  })

  test('write nothing when all is known', async () => {
    const { store } = await importEach([{}], heldBy)
    const before = await contentOf(store)
    await importKeys(store, [keyOf()], heldBy)
    expect((await contentOf(store))[Object.keys(before)[0] ?? '']).toBe(Object.values(before)[0])
  })
})
