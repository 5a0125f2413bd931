/** Bodies that are no JSON, or not the JSON that an operation takes. */
import type { ConformanceCase } from '../case.ts'
import type { Client } from '../client.ts'
import {
  BAD_CONTENT,
  expectEqual,
  expectRefused,
  NOT_FOUND,
  NOT_JSON,
  type Refusal,
} from '../checks.ts'
import { ALGORITHM, authDataOf, keyOf } from '../fixtures.ts'
import { type OperationId, specOf } from '../operations.ts'
import {
  infoOf,
  keysPath,
  newPlace,
  newVersion,
  type Place,
  roomsIn,
  versionPath,
} from '../requests.ts'
import { decision, spec } from '../source.ts'

type Write = readonly [id: OperationId, method: string, path: string]

/** Every operation that takes a body. */
function writesOf({ version, room, session }: Place): readonly Write[] {
  return [
    ['V1', 'POST', versionPath()],
    ['V4', 'PUT', versionPath(version)],
    ['K1', 'PUT', keysPath(version, room, session)],
    ['K2', 'PUT', keysPath(version, room)],
    ['K3', 'PUT', keysPath(version)],
  ]
}

const WRITES: readonly OperationId[] = ['V1', 'V4', 'K1', 'K2', 'K3']

/** Sends a body to every operation that takes one; each refuses it, and nothing changes. */
function refusedEverywhere(body: unknown, refusal: Refusal): ConformanceCase['run'] {
  return async (context) => {
    const place = await newPlace(context)
    const before = await infoOf(context.user)
    for (const [, method, path] of writesOf(place))
      expectRefused(await context.user.ask({ method, path, body }), refusal)
    expectEqual(await infoOf(context.user), before, 'the current version')
    expectEqual(await roomsIn(context.user, place.version), {}, 'the rooms')
  }
}

const ERRORS = spec('common-error-codes')

/** The specification overlaps in what it calls an object of the wrong type. */
const BAD_BODY: Refusal = {
  statuses: [400],
  errcodes: ['M_BAD_JSON', 'M_INVALID_PARAM', 'M_NOT_JSON'],
}

function bodyCase(
  id: string,
  title: string,
  [body, refusal]: readonly [unknown, Refusal],
): ConformanceCase {
  const run = refusedEverywhere(body, refusal)
  return { id, title, source: ERRORS, severity: 'should', operations: WRITES, run }
}

const FIELDS = { algorithm: ALGORITHM, auth_data: authDataOf() }

/** Everything of an object but one member. */
function without(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))
}

/** Sends a broken description of a version to V1 and V4; nothing changes. */
async function refusedByVersions(user: Client, body: unknown): Promise<void> {
  const version = await newVersion(user)
  const before = await infoOf(user)
  expectRefused(await user.post(versionPath(), body), BAD_CONTENT)
  expectRefused(await user.put(versionPath(version), body), BAD_CONTENT)
  expectEqual(await infoOf(user), before, 'the current version')
}

function versionBodyCase(
  [id, title]: readonly [string, string],
  body: unknown,
  more: Pick<ConformanceCase, 'severity' | 'source'> & Partial<ConformanceCase>,
): ConformanceCase {
  const run: ConformanceCase['run'] = ({ user }) => refusedByVersions(user, body)
  return { id, title, operations: ['V1', 'V2', 'V4'], run, ...more }
}

const REQUIRED = { severity: 'must', source: specOf('V1') } as const

const OBJECTS_ONLY = decision(
  'the specification has an object; what is none breaks clients that read it',
)

export const BODY_CASES: readonly ConformanceCase[] = [
  {
    id: 'D1',
    title: 'Creating a version with broken JSON is 400, and creates none',
    source: ERRORS,
    severity: 'must',
    operations: ['V1', 'V2'],
    async run({ user }) {
      expectRefused(await user.post(versionPath(), '{"algorithm":'), NOT_JSON)
      expectRefused(await user.get(versionPath()), NOT_FOUND)
    },
  },
  {
    id: 'D2',
    title: 'Creating a version without auth_data is 400, and creates none',
    source: specOf('V1'),
    severity: 'must',
    operations: ['V1', 'V2'],
    async run({ user }) {
      expectRefused(await user.post(versionPath(), { algorithm: ALGORITHM }), BAD_CONTENT)
      expectRefused(await user.get(versionPath()), NOT_FOUND)
    },
  },
  {
    id: 'D11',
    title: 'A bulk upload whose body is no upload is 400',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'K3'],
    async run(context) {
      const { version } = await newPlace(context)
      for (const body of [{}, { sessions: {} }, { rooms: 'none' }, keyOf()])
        expectRefused(await context.user.put(keysPath(version), body), BAD_CONTENT)
    },
  },
  bodyCase('R4-broken', 'A body that breaks off is 400', ['{"rooms":{', NOT_JSON]),
  bodyCase('R4-empty', 'A body with nothing in it is 400', ['', NOT_JSON]),
  bodyCase('R4-utf8', 'A body that is not UTF-8 is 400', [
    new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    NOT_JSON,
  ]),
  bodyCase('R4-nan', 'NaN and Infinity are no JSON', [
    '{"rooms":{},"x":NaN,"y":Infinity}',
    NOT_JSON,
  ]),
  bodyCase('R4-array', 'A body that is an array is 400', ['[]', BAD_BODY]),
  bodyCase('R4-scalar', 'A body that is a number, a string or null is 400', ['null', BAD_BODY]),
  bodyCase('R4-object', 'An object without any required member is 400', [{}, BAD_CONTENT]),
  {
    id: 'R4-type',
    title: 'The Content-Type of a request does not matter',
    source: decision('common clients send none or another; the body alone says what it is'),
    severity: 'ours',
    operations: ['V1'],
    async run({ user }) {
      const body = JSON.stringify(FIELDS)
      for (const type of [
        'text/plain',
        'application/octet-stream',
        'application/json;charset=UTF-8',
      ])
        await user
          .ask({ method: 'POST', path: versionPath(), body, headers: [['content-type', type]] })
          .then(({ status }) => {
            expectEqual(status, 200, `the status with Content-Type ${type}`)
          })
    },
  },
  versionBodyCase(
    ['V1-algorithm-missing', 'A version without algorithm is 400'],
    without(FIELDS, 'algorithm'),
    REQUIRED,
  ),
  versionBodyCase(
    ['V1-auth-data-missing', 'A version without auth_data is 400, and an update wipes nothing'],
    without(FIELDS, 'auth_data'),
    REQUIRED,
  ),
  versionBodyCase(
    ['V1-algorithm-type', 'An algorithm that is no string is 400'],
    { ...FIELDS, algorithm: 7 },
    REQUIRED,
  ),
  versionBodyCase(
    ['V1-algorithm-empty', 'An empty algorithm is 400'],
    { ...FIELDS, algorithm: '' },
    { severity: 'ours', source: decision('an empty name names no algorithm') },
  ),
  ...[
    ['string', 'anopaquestring'],
    ['array', []],
    ['null', null],
    ['number', 1],
  ].map(([type, value]) =>
    versionBodyCase(
      [`V1-auth-data-${String(type)}`, `auth_data that is a ${String(type)} is 400`],
      { ...FIELDS, auth_data: value },
      { severity: 'ours', source: OBJECTS_ONLY, needs: ['strict'] },
    ),
  ),
  {
    id: 'V1-any-algorithm',
    title: 'A version of an algorithm that the server does not know is created',
    source: decision('a server does not read backups, and new algorithms are for clients to know'),
    severity: 'should',
    operations: ['V1', 'V3'],
    async run({ user }) {
      const algorithm = 'org.example.backup.v9'
      const answer = await user.post(versionPath(), { ...FIELDS, algorithm })
      expectEqual(answer.status, 200, 'the status')
      expectEqual((await infoOf(user)).algorithm, algorithm, 'algorithm')
    },
  },
]
