/** What clients send is kept as it is, and told to nobody else. */
import type { ConformanceCase } from '../case.ts'
import { expectEqual, expectOk, expectThat } from '../checks.ts'
import { ALGORITHM, authDataOf, keyOf, roomsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  expectKey,
  infoOf,
  keyPath,
  keysPath,
  newPlace,
  newVersion,
  upload,
  versionPath,
} from '../requests.ts'
import { decision } from '../source.ts'

/** What the body of a key is when its `session_data` is given as text. */
function keyText(sessionData: string): string {
  return `{"first_message_index":1,"forwarded_count":0,"is_verified":false,"session_data":${sessionData}}`
}

export const OPAQUE_CASES: readonly ConformanceCase[] = [
  {
    id: 'S8-proto',
    title: '__proto__ inside auth_data and session_data comes back, and changes nothing else',
    source: specOf('V1'),
    severity: 'must',
    operations: ['V1', 'V2', 'K1', 'K3', 'K4'],
    async run(context) {
      const { user } = context
      const data = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'
      const body = `{"algorithm":"${ALGORITHM}","auth_data":${data}}`
      const version = String(expectOk(await user.post(versionPath(), body))['version'])
      expectEqual((await infoOf(user)).auth_data, JSON.parse(data), 'auth_data')
      const place = { version, room: context.roomId(), session: context.sessionId() }
      await upload(user, keyPath(place), keyText(data))
      await expectKey(user, keyPath(place), { session_data: JSON.parse(data) })
      const other = await newPlace(context)
      await upload(user, keyPath(other), keyOf())
      expectEqual(expectOk(await user.get(keyPath(other))), keyOf(), 'another key')
    },
  },
  {
    id: 'S11',
    title: 'A refusal repeats neither the access token nor what was uploaded',
    source: decision('answers end up in logs'),
    severity: 'ours',
    operations: ['V1', 'V3', 'K1', 'K3'],
    async run(context) {
      const { user } = context
      const { version, room, session } = await newPlace(context)
      const marker = `marker-${context.sessionId().slice(0, 8)}`
      const key = { ...keyOf(), is_verified: marker, session_data: { ciphertext: marker } }
      for (const answer of [
        await user.put(keysPath(version, room, session), key),
        await user.put(keysPath(version), roomsOf(room, [[session, key]])),
        await user.post(versionPath(), { algorithm: 7, auth_data: { public_key: marker } }),
        await user.put(keysPath(version), `{"rooms":"${marker}`),
        await user.get(versionPath('bogus_version')),
      ]) {
        expectThat(answer.status >= 400, 'expected a refusal', answer)
        expectThat(!answer.text.includes(marker), 'the answer repeats what was uploaded', answer)
        expectThat(!answer.text.includes(user.accessToken), 'the answer repeats the token', answer)
      }
    },
  },
  {
    id: 'S12',
    title: 'auth_data is kept whole, unknown members and signatures of strangers included',
    source: specOf('V1'),
    severity: 'must',
    operations: ['V1', 'V3', 'V4'],
    async run({ user }) {
      const authData = {
        ...authDataOf(),
        signatures: { '@mallory:example.org': { 'ed25519:X': 'no signature', other: 'y' } },
        private_key_salt: 'salt \u00fc\u{1F511}',
        private_key_iterations: 500_000,
        'org.example.more': { deep: [1, [2, [null]], { a: false }] },
      }
      const version = await newVersion(user, authData)
      expectEqual((await infoOf(user, version)).auth_data, authData, 'auth_data')
      const renewed = { ...authData, again: true }
      const body = { algorithm: ALGORITHM, auth_data: renewed }
      expectOk(await user.put(versionPath(version), body))
      expectEqual((await infoOf(user, version)).auth_data, renewed, 'auth_data after an update')
    },
  },
  {
    id: 'S13',
    title: 'No answer may be kept by a cache: Cache-Control is no-store or private',
    source: decision('a proxy that keeps a backup hands it to others'),
    severity: 'ours',
    operations: ['V2', 'K1', 'K4', 'K6'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      for (const answer of [
        await user.put(keyPath(place), keyOf()),
        await user.get(versionPath()),
        await user.get(keyPath(place)),
        await user.get(keysPath(place.version)),
        await user.get(versionPath('bogus_version')),
      ])
        expectThat(
          /\b(?:no-store|private)\b/i.test(answer.header('cache-control') ?? ''),
          'expected Cache-Control no-store or private',
          answer,
        )
    },
  },
]
