import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  closeUnharmed,
  newDevice,
  newPerson,
  oneTimeKeys,
  sync,
  type TestDevice,
} from './device-helpers.ts'
import {
  type Answer,
  askAs,
  type Json,
  BACKENDS,
  openTestServer,
  type TestServer,
} from './helpers.ts'

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => closeUnharmed(host))

  const ALGORITHM = 'signed_curve25519'

  function claim(
    { ask }: TestDevice,
    users: Readonly<Record<string, Readonly<Record<string, string>>>>,
  ): Promise<Answer> {
    return ask('POST', '/keys/claim', { one_time_keys: users })
  }

  function claimFrom(asker: TestDevice, target: TestDevice): Promise<Answer> {
    return claim(asker, { [target.userId]: { [target.deviceId]: ALGORITHM } })
  }

  /** Ids of the keys in an answer. */
  function claimedIds({ body }: Answer, { userId, deviceId }: TestDevice): readonly string[] {
    const users = body['one_time_keys'] as Readonly<Record<string, Readonly<Record<string, Json>>>>
    return Object.keys(users[userId]?.[deviceId] ?? {})
  }

  async function withKeys(count: number, fallback = {}): Promise<TestDevice> {
    const device = await newPerson(host)
    const body = { one_time_keys: oneTimeKeys(count), fallback_keys: fallback }
    await device.ask('POST', '/keys/upload', body)
    return device
  }

  const FALLBACK = { [`${ALGORITHM}:FALL`]: { key: 'fall', fallback: true } }

  it('hands out each key once, the oldest first, then the fallback key for ever', async () => {
    const [asker, target] = [await newPerson(host), await withKeys(2, FALLBACK)]
    await target.ask('POST', '/keys/upload', { one_time_keys: oneTimeKeys(1, { prefix: '000' }) })
    const ids = []
    for (let i = 0; i < 5; i++) ids.push(...claimedIds(await claimFrom(asker, target), target))
    expect(ids).toEqual(['AAA0', 'AAA1', '0000', 'FALL', 'FALL'].map((id) => `${ALGORITHM}:${id}`))
  })

  it('gives the key as it was uploaded', async () => {
    const target = await newPerson(host)
    const key = {
      key: 'k',
      signatures: { '@a:b': { 'ed25519:X': 's' } },
      unknown: [1, null, 'é\0'],
    }
    await target.ask('POST', '/keys/upload', { one_time_keys: { [`${ALGORITHM}:K`]: key } })
    expect((await claimFrom(target, target)).body).toEqual({
      one_time_keys: { [target.userId]: { [target.deviceId]: { [`${ALGORITHM}:K`]: key } } },
      failures: {},
    })
  })

  it('leaves out whoever has nothing, and names the servers of strangers', async () => {
    const target = await withKeys(1)
    const empty = await newDevice(host, target.userId, { deviceId: 'EMPTY' })
    const users = {
      [target.userId]: { [empty.deviceId]: ALGORITHM, NONE: ALGORITHM, PHONE: 'other' },
      '@nobody:localhost': { X: ALGORITHM },
      '@someone:elsewhere.example': { X: ALGORITHM },
    }
    const { body } = await claim(target, users)
    expect(body['one_time_keys']).toEqual({})
    expect(Object.keys(body['failures'] as object)).toEqual(['elsewhere.example'])
    expect((await sync(target)).device_one_time_keys_count).toEqual({ [ALGORITHM]: 1 })
  })

  it('takes keys of several users and devices at once', async () => {
    const [one, other] = [await withKeys(1), await withKeys(1, FALLBACK)]
    const second = await newDevice(host, one.userId, { deviceId: 'TABLET' })
    await second.ask('POST', '/keys/upload', { one_time_keys: oneTimeKeys(1, { prefix: 'T' }) })
    const answer = await claim(other, {
      [one.userId]: { [one.deviceId]: ALGORITHM, [second.deviceId]: ALGORITHM },
      [other.userId]: { [other.deviceId]: ALGORITHM },
    })
    for (const device of [one, second, other]) expect(claimedIds(answer, device)).toHaveLength(1)
  })

  describe('under concurrency', () => {
    it('no two claims get the same one-time key', async () => {
      const target = await withKeys(20, FALLBACK)
      const askers = await Promise.all(Array.from({ length: 30 }, () => newPerson(host)))
      const answers = await Promise.all(askers.map((asker) => claimFrom(asker, target)))
      const ids = answers.flatMap((answer) => claimedIds(answer, target))
      expect(ids).toHaveLength(30)
      expect(ids.filter((id) => id.endsWith('FALL'))).toHaveLength(10)
      expect(new Set(ids).size).toBe(21)
      expect((await sync(target)).device_one_time_keys_count).toEqual({ [ALGORITHM]: 0 })
    })

    it('two users who claim each other do not wait for each other', async () => {
      const [one, other] = [await withKeys(10), await withKeys(10)]
      const both = {
        [one.userId]: { [one.deviceId]: ALGORITHM },
        [other.userId]: { [other.deviceId]: ALGORITHM },
      }
      const reversed = Object.fromEntries(Object.entries(both).toReversed())
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, i) => claim(i % 2 ? one : other, i % 2 ? both : reversed)),
      )
      for (const target of [one, other])
        expect(new Set(answers.flatMap((answer) => claimedIds(answer, target))).size).toBe(10)
    })
  })

  it.each([
    [{}, 'M_BAD_JSON'],
    [{ one_time_keys: { '@a:b': { X: 1 } } }, 'M_INVALID_PARAM'],
    [{ one_time_keys: { 'a\0': { X: ALGORITHM } } }, 'M_INVALID_PARAM'],
    [{ one_time_keys: { '@a:b': { X: 'a\0' } } }, 'M_INVALID_PARAM'],
    [{ one_time_keys: { '@a:b': { '\ud800': 'a' } } }, 'M_INVALID_PARAM'],
  ])('refuses %j', async (body, errcode) => {
    const { ask } = await newPerson(host)
    expect(await ask('POST', '/keys/claim', body)).toMatchObject({ status: 400, body: { errcode } })
  })

  it('limits how many devices one request names', async () => {
    const { token } = await newPerson(host)
    const ask = askAs(token, host.withLimits({ targetsPerRequest: 3 }))
    const devices = (count: number): object => ({
      one_time_keys: {
        '@a:b': Object.fromEntries(Array.from({ length: count }, (_, i) => [`D${i}`, ALGORITHM])),
      },
    })
    expect((await ask('POST', '/keys/claim', devices(2))).status).toBe(200)
    expect((await ask('POST', '/keys/claim', devices(3))).status).toBe(413)
  })
})
