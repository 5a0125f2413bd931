/** What etag and count say. */
import type { ConformanceCase } from '../case.ts'
import { expectDifferent, expectEqual, expectOk, expectThat } from '../checks.ts'
import { ALGORITHM, authDataOf, keyOf, roomsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  infoOf,
  keyPath,
  keysPath,
  newPlace,
  newVersion,
  remove,
  state,
  upload,
  versionPath,
} from '../requests.ts'
import { decision } from '../source.ts'

export const ETAG_CASES: readonly ConformanceCase[] = [
  {
    id: 'E1-moves',
    title: 'The etag moves with every upload that adds, replaces or deletes a key',
    source: specOf('V2'),
    severity: 'must',
    operations: ['V1', 'V2', 'V3', 'K1', 'K7'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const etags = [(await state(user, place.version)).etag]
      const note = async ({ etag }: { readonly etag: string }): Promise<void> => {
        expectEqual((await infoOf(user)).etag, etag, 'the etag of V2')
        expectEqual((await infoOf(user, place.version)).etag, etag, 'the etag of V3')
        expectDifferent(etag, etags.at(-1), 'the etag before and after a change')
        etags.push(etag)
      }
      await note(await upload(user, keyPath(place), keyOf([false, 5, 0])))
      await note(await upload(user, keyPath(place), keyOf([false, 4, 0])))
      await note(await remove(user, keyPath(place)))
    },
  },
  {
    id: 'E1-reads',
    title: 'Reading moves no etag',
    source: specOf('V2'),
    severity: 'must',
    operations: ['V1', 'V3', 'K1', 'K4', 'K5', 'K6'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const before = await upload(user, keyPath(place), keyOf())
      const { version, room, session } = place
      for (const ids of [[], [room], [room, session]])
        expectOk(await user.get(keysPath(version, ...ids)))
      expectEqual(await state(user, version), before, 'count and etag')
    },
  },
  {
    id: 'E2',
    title: 'An etag never comes back: deleting a key and uploading it again gives another one',
    source: decision('a client that saw the first etag would believe that nothing had happened'),
    severity: 'should',
    operations: ['V1', 'K1', 'K7'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const seen = new Set([(await state(user, place.version)).etag])
      for (let round = 0; round < 3; round++)
        for (const { etag } of [
          await upload(user, keyPath(place), keyOf()),
          await remove(user, keyPath(place)),
        ]) {
          expectThat(!seen.has(etag), `the etag ${etag} came back`)
          seen.add(etag)
        }
    },
  },
  {
    id: 'E3',
    title: 'Deleting what is not there moves no etag',
    source: decision('nothing changed, and a moved etag makes every client look again'),
    severity: 'ours',
    operations: ['V1', 'K1', 'K7', 'K8', 'K9'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const { version, room } = place
      const empty = await state(user, version)
      expectEqual(await remove(user, keysPath(version)), empty, 'state after K9')
      const before = await upload(user, keyPath(place), keyOf())
      const other = keysPath(version, room, context.sessionId())
      expectEqual(await remove(user, other), before, 'state after K7')
      expectEqual(await remove(user, keysPath(version, context.roomId())), before, 'after K8')
    },
  },
  {
    id: 'N11-etag',
    title: 'An update of auth_data moves neither etag nor count',
    source: decision('the etag tells of changes of keys, says the specification of V2'),
    severity: 'should',
    operations: ['V1', 'V3', 'V4', 'K1'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const before = await upload(user, keyPath(place), keyOf())
      const body = { algorithm: ALGORITHM, auth_data: authDataOf('new') }
      expectOk(await user.put(versionPath(place.version), body))
      expectEqual(await state(user, place.version), before, 'count and etag')
    },
  },
  {
    id: 'E4',
    title: 'The count is of one version alone, also where one id is the start of another',
    source: specOf('V3'),
    severity: 'must',
    operations: ['V1', 'V3', 'K3'],
    async run(context) {
      const { user } = context
      const counts = new Map<string, number>()
      for (let size = 1; size <= 11; size++) {
        const version = await newVersion(user)
        const keys = Array.from({ length: size }, () => [context.sessionId(), keyOf()] as const)
        await upload(user, keysPath(version), roomsOf(context.roomId(), keys))
        counts.set(version, size)
      }
      for (const [version, size] of counts)
        expectEqual((await state(user, version)).count, size, `the count of version ${version}`)
    },
  },
  {
    id: 'N14',
    title:
      'Types of answers: etag and version are strings, count is a number, is_verified a boolean',
    source: specOf('V2'),
    severity: 'must',
    operations: ['V1', 'V2', 'V3', 'K1', 'K2', 'K3', 'K4', 'K7'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const uploaded = expectOk(await user.put(keyPath(place), keyOf([true, 1, 0])))
      const stored = expectOk(await user.get(keyPath(place)))
      const info = expectOk(await user.get(versionPath()))
      const removed = expectOk(await user.delete(keyPath(place)))
      for (const [body, types] of [
        [uploaded, { count: 'number', etag: 'string' }],
        [removed, { count: 'number', etag: 'string' }],
        [info, { count: 'number', etag: 'string', version: 'string', algorithm: 'string' }],
        [
          stored,
          { is_verified: 'boolean', first_message_index: 'number', forwarded_count: 'number' },
        ],
      ] as const)
        for (const [name, type] of Object.entries(types))
          expectEqual(typeof body[name], type, `the type of ${name}`)
    },
  },
]
