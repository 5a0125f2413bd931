/** Updates of a version: its auth_data changes, and nothing else ever. */
import type { ConformanceCase } from '../case.ts'
import { BAD_CONTENT, expectEqual, expectOk, expectRefused, INVALID, NOT_FOUND } from '../checks.ts'
import { ALGORITHM, authDataOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import { infoOf, newVersion, versionPath } from '../requests.ts'

/** Body that updates a version. */
function updateOf(label: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  return { algorithm: ALGORITHM, auth_data: authDataOf(label), ...more }
}

export const UPDATE_CASES: readonly ConformanceCase[] = [
  {
    id: 'H4',
    title: 'An update with the version in the body replaces auth_data and nothing else',
    source: specOf('V4'),
    severity: 'must',
    operations: ['V1', 'V2', 'V4'],
    async run({ user }) {
      const version = await newVersion(user)
      const answer = await user.put(versionPath(version), updateOf('new', { version }))
      expectEqual(expectOk(answer), {}, 'the answer to an update')
      const info = await infoOf(user)
      expectEqual([info.version, info.count], [version, 0], 'version and count')
      expectEqual(info.auth_data, authDataOf('new'), 'auth_data')
    },
  },
  {
    id: 'H5',
    title: 'Updating a version that was never issued is 404 M_NOT_FOUND',
    source: specOf('V4'),
    severity: 'must',
    operations: ['V4'],
    async run({ user }) {
      const body = updateOf('new', { version: '1' })
      expectRefused(await user.put(versionPath('1'), body), NOT_FOUND)
    },
  },
  {
    id: 'H6',
    title: 'An update may leave the version out of the body',
    source: specOf('V4'),
    severity: 'must',
    operations: ['V1', 'V2', 'V4'],
    async run({ user }) {
      const version = await newVersion(user)
      expectOk(await user.put(versionPath(version), updateOf('new')))
      expectEqual((await infoOf(user)).auth_data, authDataOf('new'), 'auth_data')
    },
  },
  {
    id: 'H7',
    title: 'An update whose body names another version is 400 M_INVALID_PARAM',
    source: specOf('V4'),
    severity: 'must',
    operations: ['V1', 'V2', 'V4'],
    async run({ user }) {
      const version = await newVersion(user)
      const body = updateOf('new', { version: 'incorrect' })
      expectRefused(await user.put(versionPath(version), body), INVALID)
      expectEqual((await infoOf(user)).auth_data, authDataOf(), 'auth_data')
    },
  },
  {
    id: 'Y2',
    title: 'A version shows its new auth_data after an update',
    source: specOf('V4'),
    severity: 'must',
    operations: ['V1', 'V3', 'V4'],
    async run({ user, fixtures }) {
      const [old, renewed] =
        fixtures === 'lenient' ? ['old', 'new'] : [authDataOf('old'), authDataOf('new')]
      const version = await newVersion(user, old)
      const body = { algorithm: ALGORITHM, auth_data: renewed, version }
      expectOk(await user.put(versionPath(version), body))
      expectEqual((await infoOf(user, version)).auth_data, renewed, 'auth_data')
    },
  },
  {
    id: 'N11-old',
    title: 'An update of a version that is not current works, and leaves the current one alone',
    source: specOf('V4'),
    severity: 'should',
    operations: ['V1', 'V2', 'V3', 'V4'],
    async run({ user }) {
      const old = await newVersion(user, authDataOf('old'))
      const current = await newVersion(user, authDataOf('current'))
      const before = await infoOf(user)
      expectOk(await user.put(versionPath(old), updateOf('renewed')))
      expectEqual((await infoOf(user, old)).auth_data, authDataOf('renewed'), 'auth_data')
      expectEqual(await infoOf(user), before, 'the current version')
      expectEqual(before.version, current, 'its id')
    },
  },
  {
    id: 'V4-algorithm',
    title: 'An update that changes the algorithm is 400 M_INVALID_PARAM, and changes nothing',
    source: specOf('V4'),
    severity: 'must',
    operations: ['V1', 'V3', 'V4'],
    async run({ user }) {
      const version = await newVersion(user)
      const before = await infoOf(user, version)
      const body = updateOf('new', { algorithm: 'org.example.other' })
      expectRefused(await user.put(versionPath(version), body), INVALID)
      expectEqual(await infoOf(user, version), before, 'the version')
    },
  },
  {
    id: 'V4-number',
    title: 'An update whose body has the version as a number is refused',
    source: specOf('V4'),
    severity: 'should',
    operations: ['V1', 'V4'],
    async run({ user }) {
      const version = await newVersion(user)
      const body = updateOf('new', { version: Number(version) })
      expectRefused(await user.put(versionPath(version), body), BAD_CONTENT)
    },
  },
]
