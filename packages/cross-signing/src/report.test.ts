import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { answerAbout, deviceKeys, keyPair, makeUser } from '../test/world.ts'
import { inspectUser, MAX_DEVICES } from './report.ts'
import { trustedKeys } from './trust.ts'

const alice = makeUser('@alice:example.org', 10)
const trust = {
  userId: alice.userId,
  masterKeys: new Map([[alice.userId, alice.master.publicKey]]),
}

/** A value as JSON brings it: `__proto__` is an own key. */
const wire = (value: unknown): never => JSON.parse(JSON.stringify(value)) as never

describe('names that objects know already', () => {
  test.each(['__proto__', 'constructor', 'toString'])('a user %s', (userId) => {
    const nobody = inspectUser({}, userId, trust)
    expect(nobody.identity.master).toBeNull()
    expect(nobody.devices).toEqual([])
    const user = makeUser(userId, 30)
    const report = inspectUser(wire(answerAbout(user)), userId, {
      userId,
      device: { deviceId: user.deviceId, publicKey: user.device.publicKey },
    })
    expect(trustedKeys(report)).toEqual({
      userId,
      masterKey: user.master.publicKey,
      devices: new Map([[user.deviceId, user.device.publicKey]]),
    })
  })

  test.each(['__proto__', 'constructor'])('a device %s', (deviceId) => {
    const device = deviceKeys(alice.userId, deviceId, keyPair(50))
    const devices: unknown = JSON.parse(`{${JSON.stringify(deviceId)}:${JSON.stringify(device)}}`)
    const answer = { ...answerAbout(alice), device_keys: wire({ [alice.userId]: devices }) }
    const report = inspectUser(answer, alice.userId, trust)
    expect(report.devices.map((facts) => [facts.deviceId, facts.selfSignature])).toEqual([
      [deviceId, 'valid'],
    ])
  })
})

describe('what the caller knows', () => {
  test('must be keys', () => {
    const answer = answerAbout(alice)
    const { userId } = alice
    const masterKeys = new Map([[userId, 'short']])
    expect(() => inspectUser(answer, userId, { userId, masterKeys })).toThrow(TypeError)
    const device = { deviceId: 'D', publicKey: '' }
    expect(() => inspectUser(answer, userId, { userId, device })).toThrow(TypeError)
  })
})

test('more devices than are looked into are an error', () => {
  const devices = Object.fromEntries(
    Array.from({ length: MAX_DEVICES + 1 }, (_, index) => [`D${index}`, {}]),
  )
  const answer = { device_keys: { [alice.userId]: devices } }
  const error = caught(() => inspectUser(answer, alice.userId, trust))
  expect(error).toMatchObject({ code: 'too_many_devices', retryable: false })
  const most = Object.fromEntries(Object.entries(devices).slice(1))
  const report = inspectUser({ device_keys: { [alice.userId]: most } }, alice.userId, trust)
  expect(report.devices).toHaveLength(MAX_DEVICES)
})

describe('hostile answers', () => {
  test('an object nested too deep to be signed is a fact', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)
    const master = { ...alice.objects.master, deep }
    const answer = { ...answerAbout(alice), master_keys: { [alice.userId]: master } }
    const report = inspectUser(answer, alice.userId, trust)
    expect(report.identity.master?.form.isSignable).toBe(false)
    expect(trustedKeys(report).masterKey).toBeNull()
  })

  test('any JSON in any place gives a report, and nothing is trusted', () => {
    const { userId } = alice
    const value = fc.jsonValue({ maxDepth: 3 })
    const map = fc.oneof(
      value,
      value.map((inner) => ({ [userId]: inner })),
      value.map((inner) => ({ [userId]: { D: inner } })),
      fc
        .dictionary(fc.constantFrom('user_id', 'usage', 'keys', 'signatures'), value)
        .map((inner) => ({ [userId]: inner })),
    )
    const answer = fc.record({
      device_keys: map,
      master_keys: map,
      self_signing_keys: map,
      user_signing_keys: map,
    })
    fc.assert(
      fc.property(answer, (given) => {
        const report = inspectUser(wire(given), userId, trust)
        expect(trustedKeys(report)).toEqual({ userId, masterKey: null, devices: new Map() })
      }),
      { numRuns: 2_000 },
    )
  })
})
