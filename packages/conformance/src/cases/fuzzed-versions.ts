/** Versions that look like one that was issued, and are none. */
import type { ConformanceCase } from '../case.ts'
import { expectEqual, expectRefused, expectStatus, INVALID } from '../checks.ts'
import { ALGORITHM, authDataOf, keyOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  expectKey,
  infoOf,
  keyPath,
  keysPath,
  newPlace,
  newVersion,
  roomsIn,
  upload,
  versionPath,
} from '../requests.ts'
import { spec } from '../source.ts'

const FUZZED = [
  '0',
  '-1',
  '+',
  '01',
  '1.0',
  '1e0',
  ' 1',
  '1 ',
  '\u{FF11}',
  '1_0',
  '0x1',
  '9223372036854775808',
  '1;drop',
  '\0',
  'null',
  'NaN',
  '__proto__',
  '1\n',
  '9'.repeat(10_000),
]

/** Versions that look like an issued one, and are none. */
function fuzzedVersions(version: string): readonly string[] {
  const near = [
    `0${version}`,
    `+${version}`,
    `-${version}`,
    `${version}.0`,
    `${version}e0`,
    ` ${version}`,
    `${version} `,
    `${version}\0`,
  ]
  return [...near, ...FUZZED].filter((one) => one !== version)
}

export const FUZZED_VERSION_CASES: readonly ConformanceCase[] = [
  ...(
    [
      ['S15-path', 'in the path', ['V3', 'V5'], versionPath, true],
      ['S15-query', 'in the query', ['K6', 'K9'], keysPath, false],
    ] as const
  ).map(([id, where, operations, path, inPath]): ConformanceCase => ({
    id,
    title: `A version ${where} that only looks like an issued one is none, and no failure`,
    source: spec('server-side-key-backups'),
    severity: 'must',
    operations,
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      for (const fuzzed of fuzzedVersions(place.version)) {
        // Bytes that are no URL at all are for the server's own parser to refuse.
        const allowed = inPath && fuzzed.length > 1000 ? [404, 400, 414, 431] : [404, 400, 414]
        expectStatus(await user.get(path(fuzzed)), ...allowed)
        expectStatus(await user.delete(path(fuzzed)), ...allowed)
      }
      await expectKey(user, keyPath(place), keyOf())
    },
  })),
  {
    id: 'S15-put',
    title: 'An upload to a version that only looks like the current one is refused',
    source: spec('server-side-key-backups'),
    severity: 'must',
    operations: ['V1', 'V4', 'K1', 'K6'],
    async run(context) {
      const { user } = context
      const { version, room, session } = await newPlace(context)
      const update = { algorithm: ALGORITHM, auth_data: authDataOf('new') }
      for (const fuzzed of [`0${version}`, `+${version}`, `${version}.0`, ` ${version}`]) {
        expectStatus(await user.put(keysPath(fuzzed, room, session), keyOf()), 404, 400)
        expectStatus(await user.put(versionPath(fuzzed), update), 404, 400)
      }
      expectEqual(await roomsIn(user, version), {}, 'the rooms')
      expectEqual((await infoOf(user)).auth_data, authDataOf(), 'auth_data')
    },
  },
  {
    id: 'S15-body',
    title: 'An update whose body only looks like its version is 400',
    source: specOf('V4'),
    severity: 'must',
    operations: ['V1', 'V4'],
    async run({ user }) {
      const version = await newVersion(user)
      for (const fuzzed of [`0${version}`, ` ${version}`, `${version}.0`, '']) {
        const body = { algorithm: ALGORITHM, auth_data: authDataOf('new'), version: fuzzed }
        expectRefused(await user.put(versionPath(version), body), INVALID)
      }
      expectEqual((await infoOf(user)).auth_data, authDataOf(), 'auth_data')
    },
  },
]
