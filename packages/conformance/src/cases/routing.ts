/** Paths, methods and headers that every answer has. */
import type { ConformanceCase } from '../case.ts'
import type { Answer } from '../answer.ts'
import {
  BAD_CONTENT,
  expectEqual,
  expectRefused,
  expectStatus,
  expectThat,
  NOT_FOUND,
  UNKNOWN_PATH,
} from '../checks.ts'
import { keyOf, roomsOf } from '../fixtures.ts'
import {
  EVERY_OPERATION,
  KEY_OPERATIONS,
  type Operation,
  OPERATIONS,
  pathOf,
  specOf,
} from '../operations.ts'
import {
  expectKey,
  keyPath,
  keysPath,
  newPlace,
  newVersion,
  upload,
  versionPath,
} from '../requests.ts'
import { decision, rfc, spec } from '../source.ts'

const ERRORS = spec('common-error-codes')
const CORS = spec('web-browser-clients')
const NAMES = { version: '1', roomId: '!room', sessionId: 'session' }

/** The paths of all operations, each once. */
const PATHS = [...new Set(OPERATIONS.map((operation) => pathOf(operation, NAMES)))]

const METHOD_REFUSED = { statuses: [405], errcodes: ['M_UNRECOGNIZED'] }

function expectCors(answer: Answer): void {
  const origin = answer.header('access-control-allow-origin')
  expectThat(origin === '*', 'expected Access-Control-Allow-Origin: *', answer)
  expectThat(
    answer.header('access-control-allow-credentials') === null,
    'expected no Access-Control-Allow-Credentials',
    answer,
  )
}

function expectListed(answer: Answer, header: string, values: readonly string[]): void {
  const listed = (answer.header(header) ?? '').toLowerCase().split(/\s*,\s*/)
  const missing = values.find((value) => !listed.includes(value.toLowerCase()))
  expectThat(missing === undefined, `expected ${missing ?? ''} in ${header}`, answer)
}

/** Body that an operation takes, so that nothing but the version is missing. */
function bodyFor({ id }: Operation): unknown {
  if (id === 'K1') return keyOf()
  if (id === 'K2') return { sessions: {} }
  return id === 'K3' ? { rooms: {} } : undefined
}

const NO_VERSION = { statuses: [400], errcodes: ['M_MISSING_PARAM', 'M_INVALID_PARAM'] }

export const ROUTING_CASES: readonly ConformanceCase[] = [
  {
    id: 'N17-unknown',
    title: 'An unknown path is 404 M_UNRECOGNIZED',
    source: ERRORS,
    severity: 'must',
    operations: [],
    effect: 'reads',
    async run({ user }) {
      for (const path of ['/room_keys', '/room_keys/nothing', '/room_keys/keys/!r/s/more'])
        expectRefused(await user.get(path), UNKNOWN_PATH)
    },
  },
  {
    id: 'N17-method',
    title: 'A known path with another method is 405 M_UNRECOGNIZED',
    source: ERRORS,
    severity: 'must',
    operations: EVERY_OPERATION,
    effect: 'reads',
    async run({ user }) {
      for (const path of PATHS)
        for (const method of ['PATCH', 'POST'])
          if (method === 'PATCH' || path !== versionPath())
            expectRefused(await user.ask({ method, path, body: {} }), METHOD_REFUSED)
    },
  },
  {
    id: 'N17-slash',
    title: 'A slash at the end makes another, unknown path',
    source: ERRORS,
    severity: 'should',
    operations: ['V2', 'V3', 'K4', 'K5', 'K6'],
    async run(context) {
      const { version, room, session } = await newPlace(context)
      for (const path of [
        versionPath(),
        versionPath(version),
        keysPath(version),
        keysPath(version, room),
        keysPath(version, room, session),
      ]) {
        const [target = '', query = ''] = path.split('?')
        expectRefused(await context.user.get(`${target}/?${query}`), UNKNOWN_PATH)
      }
    },
  },
  {
    id: 'N17-options',
    title: 'A preflight is answered without an access token, on every path',
    source: CORS,
    severity: 'must',
    operations: EVERY_OPERATION,
    effect: 'reads',
    async run({ nobody }) {
      const headers = [
        ['origin', 'https://app.example'],
        ['access-control-request-method', 'PUT'],
        ['access-control-request-headers', 'authorization,content-type'],
      ] as const
      for (const path of PATHS) {
        const answer = await nobody.ask({ method: 'OPTIONS', path, headers })
        expectThat(answer.status >= 200 && answer.status < 300, 'expected a 2xx status', answer)
        expectCors(answer)
        const methods = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']
        expectListed(answer, 'access-control-allow-methods', methods)
        const named = ['X-Requested-With', 'Content-Type', 'Authorization']
        expectListed(answer, 'access-control-allow-headers', named)
      }
    },
  },
  {
    id: 'N17-cors',
    title: 'Every answer may be read by any origin, refusals included, and none with credentials',
    source: CORS,
    severity: 'must',
    operations: EVERY_OPERATION,
    async run(context) {
      const { user, nobody } = context
      const place = await newPlace(context)
      expectCors(await user.put(keyPath(place), keyOf()))
      expectCors(await user.get(keyPath(place)))
      expectCors(await user.get(keysPath(place.version)))
      for (const operation of OPERATIONS)
        expectCors(await nobody.ask({ method: operation.method, path: pathOf(operation, NAMES) }))
      expectCors(await user.get('/room_keys/nothing'))
      expectCors(await user.ask({ method: 'PATCH', path: versionPath(), body: {} }))
      expectCors(await user.post(versionPath(), 'not json'))
    },
  },
  {
    id: 'N17-head',
    title: 'HEAD is answered as GET, without the body',
    source: rfc(9110, '9.3.2'),
    severity: 'ours',
    operations: ['V2', 'K6'],
    async run(context) {
      const { user } = context
      const { version } = await newPlace(context)
      for (const path of [versionPath(), keysPath(version), versionPath('bogus_version')]) {
        const head = await user.ask({ method: 'HEAD', path })
        expectEqual(head.status, (await user.get(path)).status, 'the status')
        expectEqual(head.text, '', 'the body')
      }
    },
  },
  {
    id: 'N17-r0',
    title: 'The operations answer below /r0 and /unstable as well',
    source: decision('clients that find no v1 version advertised ask there'),
    severity: 'ours',
    operations: ['V1', 'V2', 'K1', 'K4', 'K6'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      for (const name of ['r0', 'unstable']) {
        const prefix = `/_matrix/client/${name}`
        expectStatus(await user.get(prefix + versionPath()), 200)
        await expectKey(user, prefix + keyPath(place), keyOf())
        await upload(user, prefix + keyPath(place), keyOf())
      }
    },
  },
  {
    id: 'R3',
    title: 'Every refusal is JSON with errcode and error, both strings',
    source: spec('standard-error-response'),
    severity: 'must',
    operations: ['V2', 'V3', 'V4', 'V5', 'K1', 'K2', 'K3', 'K4', 'K5', 'K6', 'K7', 'K8', 'K9'],
    async run(context) {
      const { user } = context
      for (const operation of OPERATIONS.filter(({ id }) => id !== 'V1')) {
        const path = `${pathOf(operation, { ...NAMES, version: 'bogus_version' })}?version=bogus_version`
        const update = operation.id === 'V4' ? { algorithm: 'a', auth_data: {} } : undefined
        const body = bodyFor(operation) ?? update
        expectRefused(await user.ask({ method: operation.method, path, body }), NOT_FOUND)
      }
      expectRefused(await user.post(versionPath(), {}), BAD_CONTENT)
    },
  },
  {
    id: 'D10',
    title: 'A bulk upload without a version is 400',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'K3'],
    async run({ user }) {
      await newVersion(user)
      expectRefused(await user.put('/room_keys/keys', { rooms: {} }), NO_VERSION)
    },
  },
  ...KEY_OPERATIONS.map((operation): ConformanceCase => ({
    id: `R6-${operation.id}`,
    title: `${operation.id} without a version, or with an empty one, is refused and changes nothing`,
    source: specOf(operation.id),
    severity: 'must',
    operations: [operation.id],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      const names = { version: place.version, roomId: place.room, sessionId: place.session }
      const path = pathOf(operation, names)
      const [method, body] = [operation.method, bodyFor(operation)]
      expectRefused(await user.ask({ method, path, body }), NO_VERSION)
      const empty = await user.ask({ method, path: `${path}?version=`, body })
      expectStatus(empty, 400, 404)
      await expectKey(user, keyPath(place), keyOf())
    },
  })),
  {
    id: 'R6-repeated',
    title: 'With two versions in the query the first counts, or the request is refused',
    source: decision('a server that took the last would let a proxy and itself see two versions'),
    severity: 'ours',
    operations: ['V1', 'K1', 'K6'],
    async run(context) {
      const { user } = context
      const first = await newPlace(context)
      await upload(user, keyPath(first), keyOf())
      const second = await newVersion(user)
      const answer = await user.get(`${keysPath(first.version)}&version=${second}`)
      if (expectStatus(answer, 200, 400).status === 200)
        expectEqual(answer.json, roomsOf(first.room, [[first.session, keyOf()]]), 'the backup')
    },
  },
  {
    id: 'R6-other',
    title: 'Other parameters in the query do not matter',
    source: decision('clients add some against caches'),
    severity: 'should',
    operations: ['V1', 'V2', 'K1', 'K6'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, `${keyPath(place)}&_cacheBuster=1`, keyOf())
      expectStatus(await user.get(`${versionPath()}?x=/../&version=99`), 200)
      await expectKey(user, `${keyPath(place)}&x=%2F..%2F`, keyOf())
    },
  },
]
