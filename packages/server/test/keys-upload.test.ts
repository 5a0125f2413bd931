import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  closeUnharmed,
  deviceKeys,
  keyPair,
  newDevice,
  newPerson,
  oneTimeKeys,
  sync,
  type TestDevice,
} from './device-helpers.ts'
import { type Answer, askAs, BACKENDS, openTestServer, type TestServer } from './helpers.ts'

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => closeUnharmed(host))

  const upload = ({ ask }: TestDevice, body: unknown): Promise<Answer> =>
    ask('POST', '/keys/upload', body)

  describe('one-time keys', () => {
    it('are counted, also when nothing is uploaded', async () => {
      const device = await newPerson(host)
      expect((await upload(device, {})).body).toEqual({
        one_time_key_counts: { signed_curve25519: 0 },
      })
      const both = { ...oneTimeKeys(5), ...oneTimeKeys(2, { algorithm: 'curve25519' }) }
      expect((await upload(device, { one_time_keys: both })).body).toEqual({
        one_time_key_counts: { curve25519: 2, signed_curve25519: 5 },
      })
    })

    it('may be sent again, and not be replaced', async () => {
      const device = await newPerson(host)
      await upload(device, { one_time_keys: oneTimeKeys(3) })
      const again = await upload(device, { one_time_keys: oneTimeKeys(4) })
      expect(again.body).toEqual({ one_time_key_counts: { signed_curve25519: 4 } })
      const other = {
        'signed_curve25519:NEW': { key: 'n' },
        'signed_curve25519:AAA0': { key: 'x' },
      }
      expect(await upload(device, { one_time_keys: other })).toMatchObject({
        status: 400,
        body: {
          errcode: 'M_INVALID_PARAM',
          error: 'One time key signed_curve25519:AAA0 already exists',
        },
      })
      expect((await upload(device, {})).body).toEqual({
        one_time_key_counts: { signed_curve25519: 4 },
      })
    })

    it('belong to one device', async () => {
      const device = await newPerson(host)
      const other = await newDevice(host, device.userId, { deviceId: 'TABLET' })
      await upload(device, { one_time_keys: oneTimeKeys(3) })
      expect((await upload(other, {})).body).toEqual({
        one_time_key_counts: { signed_curve25519: 0 },
      })
    })

    it('are limited, and too many leave nothing behind', async () => {
      const device = await newPerson(host)
      const limited = {
        ...device,
        ask: askAs(device.token, host.withLimits({ oneTimeKeysPerDevice: 5 })),
      }
      await upload(limited, { one_time_keys: oneTimeKeys(5) })
      expect(
        await upload(limited, { one_time_keys: oneTimeKeys(1, { prefix: 'BBB' }) }),
      ).toMatchObject({ status: 413, body: { errcode: 'M_TOO_LARGE' } })
      expect((await upload(device, {})).body).toEqual({
        one_time_key_counts: { signed_curve25519: 5 },
      })
    })
  })

  describe('fallback keys', () => {
    it('are told as unused until they are used or replaced', async () => {
      const device = await newPerson(host)
      expect((await sync(device)).device_unused_fallback_key_types).toEqual([])
      const fallback = (id: string): object => ({
        fallback_keys: { [`signed_curve25519:${id}`]: { key: id, fallback: true } },
      })
      await upload(device, fallback('F1'))
      expect((await sync(device)).device_unused_fallback_key_types).toEqual(['signed_curve25519'])
      await device.ask('POST', '/keys/claim', {
        one_time_keys: { [device.userId]: { [device.deviceId]: 'signed_curve25519' } },
      })
      expect((await sync(device)).device_unused_fallback_key_types).toEqual([])
      await upload(device, fallback('F1'))
      expect((await sync(device)).device_unused_fallback_key_types).toEqual([])
      await upload(device, fallback('F2'))
      expect((await sync(device)).device_unused_fallback_key_types).toEqual(['signed_curve25519'])
    })

    it('have a limited number of algorithms', async () => {
      const device = await newPerson(host)
      const fallback_keys = Object.fromEntries(
        Array.from({ length: 11 }, (_, i) => [`algorithm${i}:A`, { key: 'k' }]),
      )
      expect((await upload(device, { fallback_keys })).status).toBe(413)
      expect((await sync(device)).device_unused_fallback_key_types).toEqual([])
    })
  })

  describe('what is refused', () => {
    const key = keyPair(1)
    const wrong: readonly (readonly [string, (device: TestDevice) => unknown, string])[] = [
      ['an array', () => [], 'M_BAD_JSON'],
      [
        'device keys of another user',
        (d) => ({ device_keys: { ...deviceKeys(d, key), user_id: '@x:y' } }),
        'M_INVALID_PARAM',
      ],
      [
        'device keys of another device',
        (d) => ({ device_keys: { ...deviceKeys(d, key), device_id: 'X' } }),
        'M_INVALID_PARAM',
      ],
      [
        'device keys without keys',
        (d) => ({ device_keys: { user_id: d.userId, device_id: d.deviceId, algorithms: [] } }),
        'M_BAD_JSON',
      ],
      [
        'signatures that are no strings',
        (d) => ({ device_keys: { ...deviceKeys(d, key), signatures: { a: { b: 1 } } } }),
        'M_INVALID_PARAM',
      ],
      ['a key id without algorithm', () => ({ one_time_keys: { AAA: {} } }), 'M_INVALID_PARAM'],
      ['a key id without id', () => ({ one_time_keys: { 'a:': {} } }), 'M_INVALID_PARAM'],
      ['a key id with U+0000', () => ({ one_time_keys: { 'a:\0': {} } }), 'M_INVALID_PARAM'],
      [
        'a key id with half a character',
        () => ({ fallback_keys: { 'a:\ud800': {} } }),
        'M_INVALID_PARAM',
      ],
      [
        'a long key id',
        () => ({ one_time_keys: { [`a:${'x'.repeat(300)}`]: {} } }),
        'M_INVALID_PARAM',
      ],
      ['a key that is a number', () => ({ one_time_keys: { 'a:b': 1 } }), 'M_INVALID_PARAM'],
    ]

    it.each(wrong)('%s', async (_, body, errcode) => {
      const device = await newPerson(host)
      expect(await upload(device, body(device))).toMatchObject({ status: 400, body: { errcode } })
    })

    it.each([
      [
        'device keys',
        (d: TestDevice) => ({ device_keys: { ...deviceKeys(d, key), x: 'x'.repeat(9000) } }),
      ],
      ['a one-time key', () => ({ one_time_keys: { 'a:b': { key: 'é'.repeat(5000) } } })],
      ['the body', () => ({ x: 'x'.repeat(2 ** 20) })],
    ])('%s that is too large', async (_, body) => {
      const device = await newPerson(host)
      expect(await upload(device, body(device))).toMatchObject({
        status: 413,
        body: { errcode: 'M_TOO_LARGE' },
      })
    })

    it('a key id with U+0000 inside of a key is none of our business', async () => {
      const device = await newPerson(host)
      const one_time_keys = { 'a:b': { key: '\0\ud800', ['__proto__']: { x: 1 } } }
      expect((await upload(device, { one_time_keys })).status).toBe(200)
    })
  })
})
