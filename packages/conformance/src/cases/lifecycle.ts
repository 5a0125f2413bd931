/** What becomes of versions, and of their keys, as others are made and deleted. */
import type { ConformanceCase } from '../case.ts'
import {
  expectEqual,
  expectOk,
  expectRefused,
  expectThat,
  NOT_FOUND,
  WRONG_VERSION,
} from '../checks.ts'
import { ALGORITHM, authDataOf, keyOf, roomsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  expectKey,
  infoOf,
  keyPath,
  keysPath,
  newPlace,
  newVersion,
  removeVersion,
  roomsIn,
  state,
  upload,
  versionPath,
} from '../requests.ts'
import { decision, msc } from '../source.ts'

export const LIFECYCLE_CASES: readonly ConformanceCase[] = [
  {
    id: 'Y9',
    title: 'A backup that was deleted and created anew is empty',
    source: specOf('V5'),
    severity: 'must',
    operations: ['V1', 'V5', 'K1', 'K6'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      await removeVersion(user, place.version)
      const again = await newVersion(user)
      expectEqual(expectOk(await user.get(keysPath(again))), { rooms: {} }, 'the new backup')
    },
  },
  {
    id: 'ST1',
    title: 'Deleting one of two versions that hold the same session keeps the other one’s key',
    source: msc(2526),
    severity: 'must',
    operations: ['V1', 'V5', 'K1', 'K4', 'K6'],
    async run(context) {
      const { user } = context
      const first = await newPlace(context)
      await upload(user, keyPath(first), keyOf([false, 1, 0], 'first'))
      const second = { ...first, version: await newVersion(user) }
      await upload(user, keyPath(second), keyOf([false, 1, 0], 'second'))
      await expectKey(user, keyPath(first), keyOf([false, 1, 0], 'first'))
      await removeVersion(user, first.version)
      expectRefused(await user.get(keyPath(first)), NOT_FOUND)
      await expectKey(user, keyPath(second), keyOf([false, 1, 0], 'second'))
    },
  },
  {
    id: 'N10-back',
    title: 'After the current version is deleted, the one before it takes keys again',
    source: decision('what is current must be writable, or nothing can be backed up any more'),
    severity: 'should',
    operations: ['V1', 'V5', 'K1', 'K4'],
    async run(context) {
      const { user } = context
      const first = await newPlace(context)
      const second = await newVersion(user)
      expectRefused(await user.put(keyPath(first), keyOf()), WRONG_VERSION)
      await removeVersion(user, second)
      await upload(user, keyPath(first), keyOf())
      await expectKey(user, keyPath(first), keyOf())
    },
  },
  {
    id: 'N10-deleted',
    title: 'An upload to a deleted version is 404, not 403',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'V5', 'K1', 'K2', 'K3'],
    async run(context) {
      const { user } = context
      const { version, room, session } = await newPlace(context)
      await newVersion(user)
      await removeVersion(user, version)
      const key = keyOf()
      expectRefused(await user.put(keysPath(version, room, session), key), NOT_FOUND)
      const sessions = { [session]: key }
      expectRefused(await user.put(keysPath(version, room), { sessions }), NOT_FOUND)
      expectRefused(await user.put(keysPath(version), roomsOf(room, [[session, key]])), NOT_FOUND)
    },
  },
  {
    id: 'N10-gone',
    title: 'Every other operation on a deleted version is 404',
    source: specOf('V5'),
    severity: 'must',
    operations: ['V3', 'V4', 'V5', 'K4', 'K5', 'K6', 'K7', 'K8', 'K9'],
    async run(context) {
      const { user } = context
      const { version, room, session } = await newPlace(context)
      await upload(user, keysPath(version, room, session), keyOf())
      await removeVersion(user, version)
      const update = { algorithm: ALGORITHM, auth_data: authDataOf('new') }
      expectRefused(await user.get(versionPath(version)), NOT_FOUND)
      expectRefused(await user.put(versionPath(version), update), NOT_FOUND)
      for (const ids of [[room, session], [room], []]) {
        expectRefused(await user.get(keysPath(version, ...ids)), NOT_FOUND)
        expectRefused(await user.delete(keysPath(version, ...ids)), NOT_FOUND)
      }
    },
  },
  {
    id: 'N10-ids',
    title: 'The id of a deleted version is never issued again, not even after all are deleted',
    source: decision(
      'a client that missed the deletion would take the new version for the old one and upload keys encrypted for another',
    ),
    severity: 'should',
    operations: ['V1', 'V5'],
    async run({ user }) {
      const seen = new Set<string>()
      for (let round = 0; round < 3; round++) {
        const versions = [await newVersion(user), await newVersion(user)]
        for (const version of versions.toReversed()) {
          expectThat(!seen.has(version), `version ${version} was issued a second time`)
          seen.add(version)
          await removeVersion(user, version)
        }
      }
    },
  },
  {
    id: 'N10-all',
    title: 'Deleting the current version until there is none ends after all were deleted',
    source: decision('how clients switch backup off: delete the current version until 404'),
    severity: 'should',
    operations: ['V1', 'V2', 'V5'],
    async run({ user }) {
      const made = [await newVersion(user), await newVersion(user), await newVersion(user)]
      for (const version of made.toReversed()) {
        expectEqual((await infoOf(user)).version, version, 'the current version')
        await removeVersion(user, version)
      }
      expectRefused(await user.get(versionPath()), NOT_FOUND)
    },
  },
  {
    id: 'N10-middle',
    title: 'Deleting a version that is not current leaves the current one current',
    source: specOf('V5'),
    severity: 'must',
    operations: ['V1', 'V2', 'V5', 'K1'],
    async run(context) {
      const { user } = context
      const old = await newVersion(user)
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      const before = await infoOf(user)
      await removeVersion(user, old)
      expectEqual(await infoOf(user), before, 'the current version')
    },
  },
  {
    id: 'V1-keeps',
    title: 'A new version leaves the earlier one readable, with its keys, count and etag',
    source: specOf('V1'),
    severity: 'must',
    operations: ['V1', 'V3', 'K1', 'K6'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const before = await upload(user, keyPath(place), keyOf())
      const second = await newVersion(user)
      expectEqual(await state(user, place.version), before, 'count and etag of the earlier')
      await expectKey(user, keyPath(place), keyOf())
      expectEqual(await roomsIn(user, second), {}, 'the rooms of the new version')
    },
  },
]
