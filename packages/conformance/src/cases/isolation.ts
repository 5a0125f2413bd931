/** Whose backup it is: one user's, on all of their devices, and nobody else's. */
import type { CaseContext, ConformanceCase } from '../case.ts'
import type { Client } from '../client.ts'
import { objectOf } from '../answer.ts'
import {
  expectEqual,
  expectOk,
  expectRefused,
  expectStatus,
  expectString,
  expectThat,
  NOT_FOUND,
  notApplicable,
} from '../checks.ts'
import { ALGORITHM, authDataOf, keyOf, roomsOf, sessionsOf } from '../fixtures.ts'
import { EVERY_OPERATION, specOf } from '../operations.ts'
import {
  expectKey,
  infoOf,
  keyPath,
  keysPath,
  newPlace,
  newVersion,
  removeVersion,
  roomsIn,
  upload,
  versionPath,
} from '../requests.ts'
import { decision, spec } from '../source.ts'

/** The second user of a case. */
function otherOf({ others: [other] }: CaseContext): Client {
  return other ?? notApplicable('a second user is needed')
}

/** Signs in anew, as another device; not applicable where passwords do not sign in. */
async function signIn({ user, nobody, withToken }: CaseContext): Promise<Client> {
  const identifier = { type: 'm.id.user', user: user.userId }
  const body = { type: 'm.login.password', identifier, password: user.password }
  const answer = await nobody.post('/login', body)
  if (answer.status === 404 || answer.status === 405) notApplicable('there is no sign-in')
  return withToken(expectString(expectOk(answer), 'access_token'))
}

/** Deactivates the user, with the password where the server asks for one. */
async function deactivate({ user }: CaseContext): Promise<void> {
  const path = '/account/deactivate'
  const first = await user.post(path, {})
  if (first.status === 404 || first.status === 405)
    notApplicable('the server has no endpoint that deactivates an account')
  if (first.status === 200) return
  const { session } = objectOf(expectStatus(first, 401))
  const identifier = { type: 'm.id.user', user: user.userId }
  const auth = { type: 'm.login.password', identifier, password: user.password, session }
  expectOk(await user.post(path, { auth, erase: true }))
}

export const ISOLATION_CASES: readonly ConformanceCase[] = [
  {
    id: 'S1-read',
    title: 'The versions of another user are 404 for every operation that reads',
    source: specOf('V3'),
    severity: 'must',
    operations: ['V2', 'V3', 'K4', 'K5', 'K6'],
    users: 2,
    async run(context) {
      const other = otherOf(context)
      const { version, room, session } = await newPlace(context)
      await upload(context.user, keysPath(version, room, session), keyOf())
      expectRefused(await other.get(versionPath()), NOT_FOUND)
      expectRefused(await other.get(versionPath(version)), NOT_FOUND)
      for (const ids of [[], [room], [room, session]])
        expectRefused(await other.get(keysPath(version, ...ids)), NOT_FOUND)
    },
  },
  {
    id: 'S1-write',
    title:
      'The versions of another user are 404 for every operation that writes, and stay untouched',
    source: specOf('V4'),
    severity: 'must',
    operations: ['V4', 'V5', 'K1', 'K2', 'K3', 'K7', 'K8', 'K9'],
    users: 2,
    async run(context) {
      const other = otherOf(context)
      const { version, room, session } = await newPlace(context)
      await upload(context.user, keysPath(version, room, session), keyOf([false, 5, 5]))
      const before = await infoOf(context.user)
      const better: readonly (readonly [string, unknown])[] = [[session, keyOf([true, 0, 0])]]
      const update = { algorithm: ALGORITHM, auth_data: authDataOf('stolen') }
      for (const answer of [
        await other.put(versionPath(version), update),
        await other.put(keysPath(version, room, session), keyOf([true, 0, 0])),
        await other.put(keysPath(version, room), sessionsOf(better)),
        await other.put(keysPath(version), roomsOf(room, better)),
        await other.delete(keysPath(version, room, session)),
        await other.delete(keysPath(version, room)),
        await other.delete(keysPath(version)),
        await other.delete(versionPath(version)),
      ])
        expectRefused(answer, NOT_FOUND)
      expectEqual(await infoOf(context.user), before, 'the version')
      await expectKey(context.user, keysPath(version, room, session), keyOf([false, 5, 5]))
    },
  },
  {
    id: 'S1-same',
    title: 'Two users with the same room and session keep a key each',
    source: specOf('K6'),
    severity: 'must',
    operations: ['V1', 'V5', 'K1', 'K4', 'K6', 'K9'],
    users: 2,
    async run(context) {
      const other = otherOf(context)
      const mine = await newPlace(context)
      const theirs = { ...mine, version: await newVersion(other) }
      await upload(context.user, keyPath(mine), keyOf([false, 1, 0], 'mine'))
      await upload(other, keyPath(theirs), keyOf([false, 2, 0], 'theirs'))
      await expectKey(context.user, keyPath(mine), keyOf([false, 1, 0], 'mine'))
      await expectKey(other, keyPath(theirs), keyOf([false, 2, 0], 'theirs'))
      expectOk(await context.user.delete(keysPath(mine.version)))
      await removeVersion(context.user, mine.version)
      await expectKey(other, keyPath(theirs), keyOf([false, 2, 0], 'theirs'))
      expectEqual((await infoOf(other)).version, theirs.version, 'the current version of the other')
    },
  },
  {
    id: 'S2-devices',
    title: 'All devices of a user share the backup, and signing one out changes nothing',
    source: spec('server-side-key-backups'),
    severity: 'must',
    operations: ['V1', 'V2', 'K1', 'K4'],
    needs: ['password'],
    async run(context) {
      const device = await signIn(context)
      const place = await newPlace(context)
      await upload(device, keyPath(place), keyOf())
      await expectKey(context.user, keyPath(place), keyOf())
      const before = await infoOf(device)
      const out = await device.post('/logout', {})
      if (out.status === 404 || out.status === 405) notApplicable('there is no sign-out')
      expectStatus(out, 200)
      expectStatus(await device.get(versionPath()), 401)
      expectEqual(await infoOf(context.user), before, 'the version')
      await expectKey(context.user, keyPath(place), keyOf())
    },
  },
  {
    id: 'S14',
    title: 'A version of another user and one that never was get the same answer',
    source: decision('a difference would tell how many backups others have'),
    severity: 'ours',
    operations: ['V3', 'V5', 'K6', 'K9'],
    users: 2,
    async run(context) {
      const other = otherOf(context)
      const { version } = await newPlace(context)
      const never = `${version}99`
      for (const path of [versionPath, keysPath])
        for (const method of ['GET', 'DELETE']) {
          const theirs = await other.ask({ method, path: path(version) })
          const nobodys = await other.ask({ method, path: path(never) })
          expectEqual(theirs.status, nobodys.status, 'the statuses')
          expectEqual(theirs.text, nobodys.text, 'the bodies')
        }
    },
  },
  {
    id: 'A1',
    title: 'The access token of a deactivated account reaches no backup, and no new one is issued',
    source: spec('post_matrixclientv3accountdeactivate'),
    severity: 'must',
    operations: EVERY_OPERATION,
    needs: ['password', 'created_user'],
    async run(context) {
      const place = await newPlace(context)
      await newVersion(context.user)
      await deactivate(context)
      const { nobody, user } = context
      expectStatus(await user.get(keyPath(place)), 401)
      expectStatus(await user.get(versionPath()), 401)
      const identifier = { type: 'm.id.user', user: user.userId }
      const body = { type: 'm.login.password', identifier, password: user.password }
      const again = await nobody.post('/login', body)
      expectThat(again.status >= 400, 'expected no sign-in after the deactivation', again)
    },
  },
  {
    id: 'A2',
    title: 'Deactivating one account leaves the backups of others as they are',
    source: spec('post_matrixclientv3accountdeactivate'),
    severity: 'must',
    operations: ['V1', 'V2', 'K1', 'K6'],
    users: 2,
    needs: ['password', 'created_user'],
    async run(context) {
      const other = otherOf(context)
      const mine = await newPlace(context)
      const theirs = { ...mine, version: await newVersion(other) }
      await upload(other, keyPath(theirs), keyOf())
      const before = [await infoOf(other), await roomsIn(other, theirs.version)]
      await deactivate(context)
      const after = [await infoOf(other), await roomsIn(other, theirs.version)]
      expectEqual(after, before, 'the backup of the other')
    },
  },
]
