/** Access tokens: none, unknown ones, malformed ones, guests. */
import { objectOf } from '../answer.ts'
import type { CaseContext, ConformanceCase } from '../case.ts'
import type { Client } from '../client.ts'
import { expectEqual, expectRefused, expectStatus, notApplicable, type Refusal } from '../checks.ts'
import { ALGORITHM, authDataOf, keyOf } from '../fixtures.ts'
import { EVERY_OPERATION, type Operation, OPERATIONS, pathOf } from '../operations.ts'
import {
  expectKey,
  infoOf,
  keyPath,
  newPlace,
  type Place,
  upload,
  versionPath,
} from '../requests.ts'
import { decision, spec } from '../source.ts'

const TOKENS = spec('using-access-tokens')
const MISSING: Refusal = { statuses: [401], errcodes: ['M_MISSING_TOKEN'] }
const UNKNOWN: Refusal = { statuses: [401], errcodes: ['M_UNKNOWN_TOKEN'] }
const EITHER: Refusal = { statuses: [401], errcodes: ['M_MISSING_TOKEN', 'M_UNKNOWN_TOKEN'] }

const BODIES: Readonly<Partial<Record<Operation['id'], unknown>>> = {
  V1: { algorithm: ALGORITHM, auth_data: authDataOf('intruder') },
  V4: { algorithm: ALGORITHM, auth_data: authDataOf('intruder') },
  K1: keyOf([true, 0, 0], 'intruder'),
  K2: { sessions: { intruder: keyOf() } },
  K3: { rooms: { '!intruder': { sessions: { intruder: keyOf() } } } },
}

type Headers = readonly (readonly [name: string, value: string])[]

/** One operation on a place, complete but for the token. */
function askOf(
  operation: Operation,
  { version, room, session }: Place,
): Parameters<Client['ask']>[0] {
  const path = pathOf(operation, { version, roomId: room, sessionId: session })
  const body = BODIES[operation.id]
  const query = operation.id.startsWith('K') ? `?version=${encodeURIComponent(version)}` : ''
  return { method: operation.method, path: path + query, ...(body === undefined ? {} : { body }) }
}

/** Tries every operation as an intruder; each is refused, and the backup stays as it was. */
async function refusedEverywhere(
  context: CaseContext,
  intruder: Client,
  { refusal, headers = [] }: { readonly refusal: Refusal; readonly headers?: Headers },
): Promise<void> {
  const place = await newPlace(context)
  await upload(context.user, keyPath(place), keyOf())
  const before = await infoOf(context.user)
  for (const operation of OPERATIONS)
    expectRefused(await intruder.ask({ ...askOf(operation, place), headers }), refusal)
  expectEqual(await infoOf(context.user), before, 'the current version')
  await expectKey(context.user, keyPath(place), keyOf())
}

export const AUTH_CASES: readonly ConformanceCase[] = [
  {
    id: 'N18-missing',
    title: 'Without an access token every operation is 401 M_MISSING_TOKEN, and does nothing',
    source: TOKENS,
    severity: 'must',
    operations: EVERY_OPERATION,
    run: (context) => refusedEverywhere(context, context.nobody, { refusal: MISSING }),
  },
  {
    id: 'N18-unknown',
    title: 'With an unknown access token every operation is 401 M_UNKNOWN_TOKEN, and does nothing',
    source: TOKENS,
    severity: 'must',
    operations: EVERY_OPERATION,
    run: (context) =>
      refusedEverywhere(context, context.withToken('syt_unknown_token_of_nobody'), {
        refusal: UNKNOWN,
      }),
  },
  {
    id: 'N18-soft-logout',
    title: 'soft_logout, where it is sent with M_UNKNOWN_TOKEN, is a boolean',
    source: spec('soft-logout'),
    severity: 'must',
    operations: ['V2'],
    effect: 'reads',
    async run({ withToken }) {
      const answer = await withToken('syt_unknown_token_of_nobody').get(versionPath())
      const { soft_logout: softLogout = false } = expectRefused(answer, UNKNOWN)
      expectEqual(typeof softLogout, 'boolean', 'the type of soft_logout')
    },
  },
  {
    id: 'N18-malformed',
    title: 'An Authorization header of another scheme or without a token is 401',
    source: TOKENS,
    severity: 'must',
    operations: ['V2'],
    effect: 'reads',
    async run({ user, nobody }) {
      const { accessToken } = user
      for (const value of ['Bearer', `Basic ${accessToken}`, accessToken, `Bearer${accessToken}`])
        expectRefused(
          await nobody.ask({
            method: 'GET',
            path: versionPath(),
            headers: [['authorization', value]],
          }),
          EITHER,
        )
    },
  },
  {
    id: 'N18-two',
    title: 'Two Authorization headers are 401: proxies and servers might read different ones',
    source: decision('which of the two counts is nobody’s to guess'),
    severity: 'ours',
    operations: ['V2'],
    effect: 'reads',
    needs: ['verbatim'],
    async run({ user, nobody }) {
      const headers = [
        ['authorization', `Bearer ${user.accessToken}`],
        ['authorization', 'Bearer syt_unknown_token_of_nobody'],
      ] as const
      const answer = await nobody.ask({ method: 'GET', path: versionPath(), headers })
      expectRefused(answer, { statuses: [401, 400], errcodes: [...EITHER.errcodes, 'M_UNKNOWN'] })
    },
  },
  {
    id: 'N18-guest',
    title: 'Guests have no backup: 403 M_GUEST_ACCESS_FORBIDDEN',
    source: decision('the specification names no operation of key backup among those for guests'),
    severity: 'should',
    operations: EVERY_OPERATION,
    async run(context) {
      const answer = await context.nobody.post('/register?kind=guest', {})
      const { access_token: token } = objectOf(answer)
      if (answer.status !== 200 || typeof token !== 'string')
        notApplicable('the server registers no guests')
      const refusal = { statuses: [403], errcodes: ['M_GUEST_ACCESS_FORBIDDEN', 'M_FORBIDDEN'] }
      await refusedEverywhere(context, context.withToken(token), { refusal })
    },
  },
  {
    id: 'N18-first',
    title: 'Who asks is settled before anything else: a broken body without a token is 401',
    source: decision('whoever has no token learns nothing about versions, paths or bodies'),
    severity: 'ours',
    operations: ['V1', 'K3'],
    effect: 'reads',
    async run({ nobody }) {
      expectStatus(await nobody.post(versionPath(), 'not json'), 401)
      expectStatus(await nobody.put('/room_keys/keys', 'not json'), 401)
    },
  },
]
