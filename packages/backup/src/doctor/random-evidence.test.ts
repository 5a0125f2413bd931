import { backupVersion, type BackupVersionInfo, type JsonObject } from '@roomkeys/types'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { currentKey, foreignKey, olderKey } from '../../test/doctor/account.ts'
import { contextOf, signedBy, master } from '../../test/trust/world.ts'
import { inspectAuthData, type TrustReport } from '../trust/report.ts'
import type {
  BackupSecretFact,
  ClientFacts,
  DefaultKeyFact,
  Evidence,
  Reading,
  StorageKeyFacts,
} from './evidence.ts'
import type { PreferenceFact } from '../preference/fact.ts'
import { examine } from './examine.ts'

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constant('__proto__'))
const name = fc.oneof(fc.constantFrom('1', '2', '3', '', '..', '9007199254740993'), text)
const publicKey = fc.oneof(
  fc.constantFrom(...[currentKey, olderKey, foreignKey].map((key) => key.publicKey)),
  text,
)
const failure = fc.record({ code: fc.option(text), text })

function reading<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Reading<T>> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ state: fc.constant('read' as const), value }) },
    fc.record({ state: fc.constant('failed' as const), failure }),
    fc.constant({ state: 'not_read' as const }),
  )
}

const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>
const authData: fc.Arbitrary<JsonObject> = fc.oneof(
  publicKey.map((public_key) => ({ public_key })),
  publicKey.map((public_key) => ({ public_key, signatures: { '@alice:example.org': { x: 1 } } })),
  fc.constant(signedBy({ public_key: currentKey.publicKey }, master.publicKey, master)),
  fc.dictionary(text, json),
)
const number = fc.oneof(fc.nat(20), fc.constantFrom(0, Number.NaN, -1, 2 ** 53))
const version: fc.Arbitrary<BackupVersionInfo> = fc.record({
  algorithm: fc.oneof(fc.constant('a'), text),
  auth_data: authData,
  count: number,
  etag: text,
  version: name.map(backupVersion),
})
const context = contextOf()
const trust: fc.Arbitrary<TrustReport> = authData.map((data) => inspectAuthData(data, context))

const secret: fc.Arbitrary<BackupSecretFact> = fc.oneof(
  fc.constantFrom({ state: 'missing' } as const, { state: 'malformed' } as const),
  fc.record({
    state: fc.constant('stored' as const),
    keyIds: fc.array(name, { maxLength: 3 }),
    opening: fc.oneof(
      fc.constant({ state: 'not_tried' } as const),
      fc.record({ state: fc.constant('no_key' as const), keyId: name }),
      fc.record({ state: fc.constant('opened' as const), keyId: name, publicKey }),
      fc.record({
        state: fc.constant('not_decryptable' as const),
        keyId: name,
        because: fc.constantFrom('mac_mismatch' as const, 'malformed_secret' as const),
      }),
    ),
  }),
)
const preference: fc.Arbitrary<PreferenceFact> = fc.oneof(
  fc.constantFrom({ state: 'missing' } as const, { state: 'malformed' } as const),
  fc.record({ state: fc.constant('set' as const), enabled: fc.boolean() }),
)
const defaultKey: fc.Arbitrary<DefaultKeyFact> = fc.oneof(
  fc.constantFrom({ state: 'missing' } as const, { state: 'malformed' } as const),
  fc.record({ state: fc.constant('named' as const), keyId: name }),
)
const storageKey: fc.Arbitrary<StorageKeyFacts> = fc.record({
  keyId: name,
  description: reading(
    fc.constantFrom(
      'present' as const,
      'missing' as const,
      'malformed' as const,
      'unsupported' as const,
    ),
  ),
  given: fc.constantFrom(
    'match' as const,
    'mismatch' as const,
    'unknown' as const,
    'not_given' as const,
  ),
})
const client: fc.Arbitrary<ClientFacts> = fc.record({
  version: fc.option(name),
  publicKey: fc.option(publicKey),
  etag: fc.option(text),
  total: fc.option(number),
  pending: fc.option(number),
})

const evidence: fc.Arbitrary<Evidence> = fc.record({
  current: reading(fc.option(version)),
  older: fc.array(version, { maxLength: 3 }),
  gone: fc.array(name, { maxLength: 3 }),
  unread: fc.array(fc.record({ version: name, failure }), { maxLength: 2 }),
  notAsked: fc.nat(),
  defaultKey: reading(defaultKey),
  storageKeys: fc.array(storageKey, { maxLength: 3 }),
  backupSecret: reading(secret),
  superseded: reading(fc.array(fc.record({ version: name, publicKey }), { maxLength: 3 })),
  preference: reading(preference),
  unstablePreference: reading(preference),
  knownAlgorithms: fc.constantFrom(['a'], []),
  trust: reading(fc.option(trust)),
  client: fc.option(client),
})

test('any evidence gives findings: sentences on one line, the worst first, always the same', () => {
  const codes = new Set<string>()
  fc.assert(
    fc.property(evidence, (evidence) => {
      const findings = examine(evidence)
      for (const { code, text } of findings) {
        codes.add(code)
        expect(text).toMatch(/^[^\p{Cc}]{20,400}\.$/u)
      }
      const order = findings.map(({ severity }) => ['error', 'warning', 'info'].indexOf(severity))
      expect(order).toEqual(order.toSorted())
      expect(examine(evidence)).toEqual(findings)
    }),
    { numRuns: 3_000 },
  )
  expect(codes.size).toBeGreaterThan(35)
})
