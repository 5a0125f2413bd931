/** Versions of a backup: creating, reading, updating and deleting them. */
import type { ConformanceCase } from '../case.ts'
import {
  expectDifferent,
  expectEqual,
  expectOk,
  expectRefused,
  expectStatus,
  NOT_FOUND,
  UNKNOWN_PATH,
} from '../checks.ts'
import { ALGORITHM, authDataOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import { infoOf, newVersion, removeVersion, versionPath } from '../requests.ts'
import { decision, msc, spec } from '../source.ts'

/** Body that updates a version. */
function updateOf(label: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  return { algorithm: ALGORITHM, auth_data: authDataOf(label), ...more }
}

export const VERSION_CASES: readonly ConformanceCase[] = [
  {
    id: 'H1',
    title: 'Without a backup there is no current version: 404 M_NOT_FOUND',
    source: specOf('V2'),
    severity: 'must',
    operations: ['V2'],
    async run({ user }) {
      expectRefused(await user.get(versionPath()), NOT_FOUND)
    },
  },
  {
    id: 'H2',
    title: 'A version that was never issued is 404 M_NOT_FOUND',
    source: specOf('V3'),
    severity: 'must',
    operations: ['V3'],
    effect: 'reads',
    async run({ user }) {
      expectRefused(await user.get(versionPath('bogus_version')), NOT_FOUND)
    },
  },
  {
    id: 'H3',
    title: 'A new version is empty and current, and V2 and V3 describe it alike',
    source: specOf('V1'),
    severity: 'must',
    operations: ['V1', 'V2', 'V3'],
    async run({ user }) {
      const first = await newVersion(user, authDataOf('first'))
      const info = await infoOf(user, first)
      expectEqual([info.version, info.count], [first, 0], 'version and count')
      expectEqual(info.algorithm, ALGORITHM, 'algorithm')
      expectEqual(info.auth_data, authDataOf('first'), 'auth_data')
      expectEqual(await infoOf(user), info, 'the current version')
      const second = await newVersion(user, authDataOf('second'))
      expectDifferent(second, first, 'the ids of two versions')
      const current = await infoOf(user)
      expectEqual(current.version, second, 'the current version after the second')
      expectEqual(current.auth_data, authDataOf('second'), 'auth_data of the second')
    },
  },
  {
    id: 'H8',
    title: 'Deleting a version that was never issued is 404 M_NOT_FOUND',
    source: specOf('V5'),
    severity: 'must',
    operations: ['V5'],
    async run({ user }) {
      expectRefused(await user.delete(versionPath('1')), NOT_FOUND)
    },
  },
  {
    id: 'H9',
    title: 'Deleting without naming a version is no operation, and deletes nothing',
    source: spec('common-error-codes'),
    severity: 'should',
    operations: ['V2', 'V5'],
    async run({ user }) {
      const version = await newVersion(user)
      const refusal = { statuses: [404, 405], errcodes: ['M_UNRECOGNIZED', 'M_NOT_FOUND'] }
      expectRefused(await user.delete(versionPath()), refusal)
      expectEqual((await infoOf(user)).version, version, 'the current version')
    },
  },
  {
    id: 'H10',
    title: 'A deleted version is gone, and with the only one the backup',
    source: specOf('V5'),
    severity: 'must',
    operations: ['V1', 'V2', 'V3', 'V5'],
    async run({ user }) {
      const version = await newVersion(user)
      expectEqual(expectOk(await user.delete(versionPath(version))), {}, 'the answer')
      expectRefused(await user.get(versionPath()), NOT_FOUND)
      expectRefused(await user.get(versionPath(version)), NOT_FOUND)
    },
  },
  {
    id: 'Y1',
    title: 'Creating a version answers its id, and the current version echoes what was sent',
    source: specOf('V1'),
    severity: 'must',
    operations: ['V1', 'V2'],
    async run({ user, fixtures }) {
      const authData = fixtures === 'lenient' ? 'anopaquestring' : authDataOf()
      const algorithm = 'm.megolm_backup.v1'
      const body = { algorithm, auth_data: authData }
      const { version } = expectOk(await user.post(versionPath(), body))
      const info = await infoOf(user)
      expectEqual(info.version, version, 'version')
      expectEqual([info.algorithm, info.auth_data], [algorithm, authData], 'what was sent')
    },
  },
  {
    id: 'Y8',
    title: 'Deleting the current version makes the one before it current',
    source: decision(
      'the specification is silent; clients delete the current version again and again until there is none, so the older ones have to come to light',
    ),
    severity: 'should',
    operations: ['V1', 'V2', 'V3', 'V5'],
    async run({ user }) {
      const first = await newVersion(user, authDataOf('first'))
      const second = await newVersion(user, authDataOf('second'))
      await removeVersion(user, second)
      const current = await infoOf(user)
      expectEqual(current.version, first, 'the current version')
      expectEqual(current.auth_data, authDataOf('first'), 'auth_data')
      expectRefused(await user.get(versionPath(second)), NOT_FOUND)
    },
  },
  {
    id: 'Y10',
    title: 'The eleventh version is current: versions are not ordered as text',
    source: specOf('V2'),
    severity: 'must',
    operations: ['V1', 'V2'],
    async run({ user }) {
      const versions: string[] = []
      for (let i = 0; i < 11; i++) versions.push(await newVersion(user))
      expectEqual(new Set(versions).size, 11, 'number of different ids')
      expectEqual((await infoOf(user)).version, versions.at(-1), 'the current version')
    },
  },
  {
    id: 'D4',
    title: 'A version number beyond all that were issued is 404',
    source: specOf('V3'),
    severity: 'must',
    operations: ['V1', 'V3'],
    async run({ user }) {
      const version = await newVersion(user)
      expectRefused(await user.get(versionPath(`${version}337`)), NOT_FOUND)
    },
  },
  {
    id: 'D5',
    title: 'A version that is no number is 404, not a failure',
    source: specOf('V3'),
    severity: 'must',
    operations: ['V1', 'V3'],
    async run({ user }) {
      await newVersion(user)
      expectRefused(await user.get(versionPath('notanumber')), NOT_FOUND)
    },
  },
  {
    id: 'D3',
    title: 'Creating a version answers 200 with the version as a string',
    source: specOf('V1'),
    severity: 'must',
    operations: ['V1'],
    async run({ user }) {
      await newVersion(user)
    },
  },
  {
    id: 'D6',
    title: 'The current version of a user who has one is answered with 200',
    source: specOf('V2'),
    severity: 'must',
    operations: ['V1', 'V2'],
    async run({ user }) {
      const version = await newVersion(user)
      expectEqual((await infoOf(user)).version, version, 'the current version')
    },
  },
  {
    id: 'D21',
    title: 'Deleting another number than the own version is 404, and the version stays',
    source: specOf('V5'),
    severity: 'must',
    operations: ['V1', 'V2', 'V5'],
    async run({ user }) {
      const version = await newVersion(user)
      expectRefused(await user.delete(versionPath(`${version}0`)), NOT_FOUND)
      expectRefused(await user.delete(versionPath('notanumber')), NOT_FOUND)
      expectEqual((await infoOf(user)).version, version, 'the current version')
    },
  },
  {
    id: 'D22',
    title: 'Deleting a version answers 200 with an empty object',
    source: specOf('V5'),
    severity: 'must',
    operations: ['V1', 'V5'],
    async run({ user }) {
      const version = await newVersion(user)
      expectEqual(expectOk(await user.delete(versionPath(version))), {}, 'the answer')
    },
  },
  {
    id: 'D23',
    title: 'Deleting a deleted version again is 200: only one that never existed is 404',
    source: msc(2526),
    severity: 'must',
    operations: ['V1', 'V5'],
    async run({ user }) {
      const version = await newVersion(user)
      await removeVersion(user, version)
      await removeVersion(user, version)
    },
  },
  {
    id: 'D24',
    title: 'Deleting with an empty version is an unknown path, and deletes nothing',
    source: spec('common-error-codes'),
    severity: 'should',
    operations: ['V1', 'V2', 'V5'],
    async run({ user }) {
      const version = await newVersion(user)
      expectStatus(await user.delete(`${versionPath()}/`), 404)
      expectEqual((await infoOf(user)).version, version, 'the current version')
    },
  },
  {
    id: 'V1-trailing',
    title: 'Creating a version below a trailing slash is an unknown path',
    source: spec('common-error-codes'),
    severity: 'should',
    operations: ['V1', 'V2'],
    async run({ user }) {
      expectRefused(await user.post(`${versionPath()}/`, updateOf('new')), UNKNOWN_PATH)
      expectRefused(await user.get(versionPath()), NOT_FOUND)
    },
  },
]
