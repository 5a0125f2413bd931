/** Uploads: into which version, what they answer, what they keep. */
import type { CaseContext, ConformanceCase } from '../case.ts'
import type { Client } from '../client.ts'
import { expectEqual, expectRefused, expectThat, NOT_FOUND, WRONG_VERSION } from '../checks.ts'
import { keyOf, roomsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  expectKey,
  keyPath,
  keysPath,
  newPlace,
  newVersion,
  type Place,
  roomsIn,
  state,
  upload,
  uploadOf,
  UPLOADS,
} from '../requests.ts'

/** Sends one key in all three ways and hands on the answers. */
async function inEveryWay(
  user: Client,
  place: Place,
): Promise<readonly Awaited<ReturnType<Client['get']>>[]> {
  const answers = []
  for (const via of UPLOADS) answers.push(await user.put(...uploadOf(via, place, keyOf())))
  return answers
}

function placeIn(version: string, context: CaseContext): Place {
  return { version, room: context.roomId(), session: context.sessionId() }
}

export const UPLOAD_CASES: readonly ConformanceCase[] = [
  {
    id: 'H13',
    title: 'An upload without any backup is 404 M_NOT_FOUND',
    source: specOf('K3'),
    severity: 'must',
    operations: ['K1', 'K2', 'K3'],
    async run(context) {
      for (const answer of await inEveryWay(context.user, placeIn('1', context)))
        expectRefused(answer, NOT_FOUND)
    },
  },
  {
    id: 'H14',
    title: 'An upload to a version that was never issued is 404 M_NOT_FOUND, not 403',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'K1', 'K2', 'K3'],
    async run(context) {
      await newVersion(context.user)
      for (const answer of await inEveryWay(context.user, placeIn('bogus_version', context)))
        expectRefused(answer, NOT_FOUND)
    },
  },
  {
    id: 'H15',
    title: 'An upload to a version that is not current is 403 M_WRONG_ROOM_KEYS_VERSION',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'K1', 'K2', 'K3', 'K6'],
    async run(context) {
      const place = await newPlace(context)
      await newVersion(context.user)
      for (const answer of await inEveryWay(context.user, place))
        expectRefused(answer, WRONG_VERSION)
      expectEqual(await roomsIn(context.user, place.version), {}, 'the rooms of the old version')
    },
  },
  {
    id: 'N1',
    title: 'M_WRONG_ROOM_KEYS_VERSION names the version that is current',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'V2', 'K1', 'K2', 'K3'],
    async run(context) {
      const place = await newPlace(context)
      await newVersion(context.user)
      const current = await newVersion(context.user)
      for (const answer of await inEveryWay(context.user, place))
        expectEqual(
          expectRefused(answer, WRONG_VERSION)['current_version'],
          current,
          'current_version',
        )
    },
  },
  {
    id: 'Y7',
    title: 'Keys are not backed up to an old version',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4'],
    async run(context) {
      const place = await newPlace(context)
      await newVersion(context.user)
      const answer = await context.user.put(keyPath(place), keyOf())
      expectThat(answer.status >= 400 && answer.status < 500, 'expected a 4xx status', answer)
      expectRefused(await context.user.get(keyPath(place)), NOT_FOUND)
    },
  },
  {
    id: 'D12',
    title: 'A bulk upload to an old version is 403',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'K3'],
    async run(context) {
      const { version, room, session } = await newPlace(context)
      await newVersion(context.user)
      const body = roomsOf(room, [[session, keyOf()]])
      expectRefused(await context.user.put(keysPath(version), body), WRONG_VERSION)
    },
  },
  ...UPLOADS.map((via): ConformanceCase => ({
    id: { K3: 'D13', K2: 'D14', K1: 'D15' }[via],
    title: `${via} to the current version is 200 with count and etag`,
    source: specOf(via),
    severity: 'must',
    operations: ['V1', 'V3', via],
    async run(context) {
      const place = await newPlace(context)
      const after = await upload(context.user, ...uploadOf(via, place, keyOf()))
      expectEqual(after.count, 1, 'count')
      expectEqual(await state(context.user, place.version), after, 'count and etag of V3')
      await expectKey(context.user, keyPath(place), keyOf())
    },
  })),
]
