import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createUser } from '../src/index.ts'
import {
  closeUnharmed,
  crossSigningKeys,
  deviceKeys,
  keyPair,
  newDevice,
  newPerson,
  newUserId,
  signedBy,
  sync,
  without,
  type TestDevice,
} from './device-helpers.ts'
import { type Answer, type Json, BACKENDS, openTestServer, type TestServer } from './helpers.ts'

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => closeUnharmed(host))

  const KEYS = [keyPair(1), keyPair(2), keyPair(3)] as const
  const [MASTER, SELF_SIGNING, USER_SIGNING] = KEYS
  const DEVICE_KEY = keyPair(9)
  const PASSWORD = 'correct horse'

  const uploadKeys = ({ ask }: TestDevice, body: unknown): Promise<Answer> =>
    ask('POST', '/keys/device_signing/upload', body)
  const uploadSignatures = ({ ask }: TestDevice, body: unknown): Promise<Answer> =>
    ask('POST', '/keys/signatures/upload', body)

  async function query({ ask }: TestDevice, ...users: readonly string[]): Promise<Json> {
    const device_keys = Object.fromEntries(users.map((userId) => [userId, []]))
    return (await ask('POST', '/keys/query', { device_keys })).body
  }

  /** A user whose device and cross-signing keys are uploaded. */
  async function settled(): Promise<TestDevice> {
    const device = await newPerson(host)
    await device.ask('POST', '/keys/upload', { device_keys: deviceKeys(device, DEVICE_KEY) })
    await uploadKeys(device, crossSigningKeys(device.userId, KEYS))
    return device
  }

  async function withPassword(): Promise<TestDevice> {
    const userId = `@secret${crypto.randomUUID()}:localhost`
    await createUser(host.store, { userId, password: PASSWORD })
    const device = await newDevice(host, userId)
    await uploadKeys(device, crossSigningKeys(userId, KEYS))
    return device
  }

  function proof({ userId }: TestDevice, session: unknown, password = PASSWORD): Json {
    const identifier = { type: 'm.id.user', user: userId }
    return { type: 'm.login.password', session, identifier, password }
  }

  const OTHER_KEYS = [keyPair(4), keyPair(5), keyPair(6)] as const

  describe('uploading cross-signing keys', () => {
    it('the first ones need no password, and come back as they are', async () => {
      const device = await newPerson(host)
      const keys = crossSigningKeys(device.userId, KEYS)
      const master_key = { ...keys.master_key, 'org.example.unknown': ['é', 1] }
      expect((await uploadKeys(device, { ...keys, master_key })).text).toBe('{}')
      expect(await query(device, device.userId)).toEqual({
        device_keys: { [device.userId]: {} },
        master_keys: { [device.userId]: master_key },
        self_signing_keys: { [device.userId]: keys.self_signing_key },
        user_signing_keys: { [device.userId]: keys.user_signing_key },
        failures: {},
      })
    })

    it('the same ones again need no password, whole or in part', async () => {
      const device = await settled()
      const keys = crossSigningKeys(device.userId, KEYS)
      for (const body of [keys, { master_key: keys.master_key }, { auth: {}, ...keys }, {}])
        expect((await uploadKeys(device, body)).status).toBe(200)
    })

    it('other ones need the password, within a session', async () => {
      const device = await withPassword()
      const keys = crossSigningKeys(device.userId, OTHER_KEYS)
      const challenge = await uploadKeys(device, keys)
      expect(challenge.status).toBe(401)
      expect(challenge.body).toEqual({
        flows: [{ stages: ['m.login.password'] }],
        params: {},
        completed: [],
        session: expect.stringMatching(/^[\w-]{24}$/) as unknown,
      })
      const { session } = challenge.body
      const wrong = await uploadKeys(device, { ...keys, auth: proof(device, session, 'wrong') })
      expect(wrong).toMatchObject({ status: 401, body: { errcode: 'M_FORBIDDEN', session } })
      expect((await uploadKeys(device, { ...keys, auth: proof(device, session) })).text).toBe('{}')
      const { master_keys } = await query(device, device.userId)
      expect(master_keys).toEqual({ [device.userId]: keys.master_key })
    })

    it.each([
      [
        'another user',
        (d: TestDevice) => ({
          ...proof(d, undefined),
          identifier: { type: 'm.id.user', user: '@other:localhost' },
        }),
        'M_FORBIDDEN',
      ],
      [
        'another kind of identifier',
        (d: TestDevice) => ({ ...proof(d, undefined), identifier: { type: 'm.id.phone' } }),
        'M_FORBIDDEN',
      ],
      [
        'no password',
        (d: TestDevice) => ({ ...proof(d, undefined), password: undefined }),
        'M_FORBIDDEN',
      ],
      ['another stage', () => ({ type: 'm.login.dummy' }), 'M_UNRECOGNIZED'],
      ['a session that never was', (d: TestDevice) => proof(d, 'x'), undefined],
      ['only a session', () => ({ session: 'x' }), undefined],
    ])('%s is no proof', async (_, auth, errcode) => {
      const device = await withPassword()
      const keys = crossSigningKeys(device.userId, OTHER_KEYS)
      const answer = await uploadKeys(device, { ...keys, auth: auth(device) })
      expect(answer.status).toBe(401)
      expect(answer.body['errcode']).toBe(errcode)
      expect(answer.body['flows']).toEqual([{ stages: ['m.login.password'] }])
    })

    it('a session serves one operation, once, for one user', async () => {
      const [device, other] = [await withPassword(), await withPassword()]
      const { body } = await device.ask('DELETE', '/devices/NONE')
      const keys = crossSigningKeys(device.userId, OTHER_KEYS)
      for (const [asker, session] of [
        [device, body['session']],
        [other, (await uploadKeys(device, keys)).body['session']],
      ] as const) {
        const upload = {
          ...crossSigningKeys(asker.userId, OTHER_KEYS),
          auth: proof(asker, session),
        }
        expect((await uploadKeys(asker, upload)).status).toBe(401)
      }
    })

    it('another master key forgets the keys and the signatures of the old one', async () => {
      const device = await withPassword()
      await device.ask('POST', '/keys/upload', { device_keys: deviceKeys(device, DEVICE_KEY) })
      const signer = { userId: device.userId, keyId: `ed25519:${SELF_SIGNING.publicKey}` }
      const signed = signedBy(deviceKeys(device, DEVICE_KEY), signer, SELF_SIGNING)
      await uploadSignatures(device, { [device.userId]: { [device.deviceId]: signed } })
      const { master_key } = crossSigningKeys(device.userId, OTHER_KEYS)
      await uploadKeys(device, { master_key, auth: proof(device, undefined) })
      expect(await query(device, device.userId)).toMatchObject({
        device_keys: { [device.userId]: { [device.deviceId]: deviceKeys(device, DEVICE_KEY) } },
        master_keys: { [device.userId]: master_key },
        self_signing_keys: {},
        user_signing_keys: {},
      })
    })

    it('two first uploads at once: one wins, and the other needs the password', async () => {
      const device = await newPerson(host)
      const answers = await Promise.all(
        [KEYS, OTHER_KEYS].map((keys) => uploadKeys(device, crossSigningKeys(device.userId, keys))),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
    })

    const refused: readonly (readonly [string, (keys: Record<string, Json>) => unknown, string])[] =
      [
        [
          'a key of another user',
          (k) => ({ master_key: { ...k['master_key'], user_id: '@x:y' } }),
          'M_INVALID_PARAM',
        ],
        [
          'another usage',
          (k) => ({ master_key: { ...k['master_key'], usage: ['self_signing'] } }),
          'M_INVALID_PARAM',
        ],
        [
          'two keys in one',
          (k) => ({
            master_key: { ...k['master_key'], keys: { 'ed25519:a': 'a', 'ed25519:b': 'b' } },
          }),
          'M_INVALID_PARAM',
        ],
        [
          'no key in one',
          (k) => ({ master_key: { ...k['master_key'], keys: {} } }),
          'M_INVALID_PARAM',
        ],
        [
          'a key under another name',
          (k) => ({ master_key: { ...k['master_key'], keys: { 'ed25519:a': MASTER.publicKey } } }),
          'M_INVALID_PARAM',
        ],
        [
          'a key that is no base64',
          (k) => ({ master_key: { ...k['master_key'], keys: { 'ed25519:*': '*' } } }),
          'M_INVALID_PARAM',
        ],
        [
          'a key that is too short',
          (k) => ({ master_key: { ...k['master_key'], keys: { 'ed25519:AAAA': 'AAAA' } } }),
          'M_INVALID_PARAM',
        ],
        [
          'one key for two usages',
          (k) => ({ ...k, self_signing_key: { ...k['master_key'], usage: ['self_signing'] } }),
          'M_INVALID_PARAM',
        ],
        ['fractions', (k) => ({ master_key: { ...k['master_key'], x: 1.5 } }), 'M_BAD_JSON'],
        ['no master key', (k) => ({ self_signing_key: k['self_signing_key'] }), 'M_MISSING_PARAM'],
        [
          'a key that nobody signed',
          (k) => ({ ...k, self_signing_key: { ...k['self_signing_key'], signatures: {} } }),
          'M_INVALID_SIGNATURE',
        ],
        [
          'a key that was changed after it was signed',
          (k) => ({ ...k, user_signing_key: { ...k['user_signing_key'], x: 1 } }),
          'M_INVALID_SIGNATURE',
        ],
        ['keys that are no object', () => ({ master_key: [] }), 'M_INVALID_PARAM'],
        ['auth that is no object', (k) => ({ ...k, auth: 'password' }), 'M_INVALID_PARAM'],
      ]

    it.each(refused)('refuses %s, and stores nothing', async (_, body, errcode) => {
      const device = await newPerson(host)
      const answer = await uploadKeys(device, body({ ...crossSigningKeys(device.userId, KEYS) }))
      expect(answer).toMatchObject({ status: 400, body: { errcode } })
      expect(await query(device, device.userId)).toMatchObject({ master_keys: {} })
    })
  })

  describe('uploading signatures', () => {
    it('merges them into devices and the master key, and touches nothing else', async () => {
      const device = await settled()
      const { userId, deviceId } = device
      const bySelfSigning = { userId, keyId: `ed25519:${SELF_SIGNING.publicKey}` }
      const byDevice = { userId, keyId: `ed25519:${deviceId}` }
      const keys = deviceKeys(device, DEVICE_KEY)
      const { master_key } = crossSigningKeys(userId, KEYS)
      const body = {
        [userId]: {
          [deviceId]: signedBy(keys, bySelfSigning, SELF_SIGNING),
          [MASTER.publicKey]: signedBy(master_key, byDevice, DEVICE_KEY),
        },
      }
      expect((await uploadSignatures(device, body)).body).toEqual({ failures: {} })
      const stranger = await newPerson(host)
      for (const asker of [device, stranger]) {
        const { device_keys, master_keys } = await query(asker, userId)
        const made = (own: Json, name: string, signed: unknown): unknown => ({
          ...own,
          signatures: {
            [userId]: {
              ...(own['signatures'] as Record<string, Json> | undefined)?.[userId],
              [name]: (signed as { signatures: Record<string, Json> }).signatures[userId]?.[name],
            },
          },
        })
        expect(device_keys).toEqual({
          [userId]: {
            [deviceId]: {
              ...(made(keys, bySelfSigning.keyId, body[userId]?.[deviceId]) as Json),
              unsigned: {},
            },
          },
        })
        expect(master_keys).toEqual({
          [userId]: made(master_key, byDevice.keyId, body[userId]?.[MASTER.publicKey]),
        })
      }
    })

    it('a signature on somebody else is seen by its maker alone', async () => {
      const [maker, owner, third] = [await settled(), await settled(), await newPerson(host)]
      const { master_key } = crossSigningKeys(owner.userId, KEYS)
      const signer = { userId: maker.userId, keyId: `ed25519:${USER_SIGNING.publicKey}` }
      const signed = signedBy(master_key, signer, USER_SIGNING)
      const { next_batch: since } = await sync(maker)
      const body = { [owner.userId]: { [MASTER.publicKey]: signed } }
      expect((await uploadSignatures(maker, body)).body).toEqual({ failures: {} })
      expect((await query(maker, owner.userId))['master_keys']).toEqual({ [owner.userId]: signed })
      for (const asker of [owner, third])
        expect((await query(asker, owner.userId))['master_keys']).toEqual({
          [owner.userId]: master_key,
        })
      expect((await sync(maker, { since })).device_lists.changed).toEqual([owner.userId])
    })

    it('a user-signing key is shown to its owner alone', async () => {
      const [owner, other] = [await settled(), await newPerson(host)]
      expect((await query(other, owner.userId))['user_signing_keys']).toEqual({})
      expect(
        Object.keys((await query(owner, owner.userId))['user_signing_keys'] as object),
      ).toEqual([owner.userId])
    })

    it('what does not hold is told by object, and the rest is stored', async () => {
      const device = await settled()
      const { userId, deviceId } = device
      const keys = deviceKeys(device, DEVICE_KEY)
      const good = signedBy(
        keys,
        { userId, keyId: `ed25519:${SELF_SIGNING.publicKey}` },
        SELF_SIGNING,
      )
      const forged = signedBy(
        crossSigningKeys(userId, KEYS).master_key,
        { userId, keyId: `ed25519:${deviceId}` },
        MASTER,
      )
      const body = {
        [userId]: { [deviceId]: good, [MASTER.publicKey]: forged, NONE: good },
        '@nobody:localhost': { X: good },
      }
      const { failures } = (await uploadSignatures(device, body)).body
      expect(failures).toMatchObject({
        [userId]: {
          [MASTER.publicKey]: { errcode: 'M_INVALID_SIGNATURE' },
          NONE: { errcode: 'M_NOT_FOUND' },
        },
        '@nobody:localhost': { X: { errcode: 'M_NOT_FOUND' } },
      })
      expect(failures).not.toHaveProperty([userId, deviceId])
    })

    it.each([
      ['another object', (keys: Json) => ({ ...keys, algorithms: [] }), 'M_INVALID_PARAM'],
      ['fractions', (keys: Json) => ({ ...keys, x: 0.5 }), 'M_INVALID_PARAM'],
      ['no signature', (keys: Json) => without(keys, 'signatures'), 'M_INVALID_SIGNATURE'],
      [
        'a signature by a key that may not',
        (keys: Json, userId: string) =>
          signedBy(keys, { userId, keyId: `ed25519:${MASTER.publicKey}` }, MASTER),
        'M_INVALID_SIGNATURE',
      ],
      [
        'a signature of garbage',
        (keys: Json, userId: string) => ({
          ...keys,
          signatures: { [userId]: { [`ed25519:${SELF_SIGNING.publicKey}`]: '*' } },
        }),
        'M_INVALID_SIGNATURE',
      ],
      [
        'a signature by somebody else',
        (keys: Json) =>
          signedBy(
            keys,
            { userId: '@x:y', keyId: `ed25519:${SELF_SIGNING.publicKey}` },
            SELF_SIGNING,
          ),
        'M_INVALID_SIGNATURE',
      ],
    ])('%s fails', async (_, change, errcode) => {
      const device = await settled()
      const { userId, deviceId } = device
      const object = change(deviceKeys(device, DEVICE_KEY), userId)
      const { status, body } = await uploadSignatures(device, { [userId]: { [deviceId]: object } })
      expect(status).toBe(200)
      expect(body).toMatchObject({ failures: { [userId]: { [deviceId]: { errcode } } } })
    })

    it('the same object again is no failure', async () => {
      const device = await settled()
      const body = { [device.userId]: { [device.deviceId]: deviceKeys(device, DEVICE_KEY) } }
      expect((await uploadSignatures(device, body)).body).toEqual({ failures: {} })
    })
  })

  it('GET /keys/changes tells whose keys changed between two tokens', async () => {
    const device = await newPerson(host)
    const { next_batch: from } = await sync(device)
    await device.ask('POST', '/keys/upload', { device_keys: deviceKeys(device, DEVICE_KEY) })
    const { next_batch: to } = await sync(device)
    const changes = (query: string): Promise<Answer> => device.ask('GET', `/keys/changes${query}`)
    expect((await changes(`?from=${from}&to=${to}`)).body).toEqual({
      changed: [device.userId],
      left: [],
    })
    expect((await changes(`?from=${to}&to=${to}`)).body).toEqual({ changed: [], left: [] })
    expect((await changes(`?from=${from}`)).body).toMatchObject({ errcode: 'M_MISSING_PARAM' })
    expect((await changes('?from=x&to=y')).body).toMatchObject({ errcode: 'M_INVALID_PARAM' })
  })

  describe('querying', () => {
    it('named devices only, with their display names', async () => {
      const device = await settled()
      const other = await newDevice(host, device.userId, { deviceId: 'TABLET' })
      await other.ask('POST', '/keys/upload', { device_keys: deviceKeys(other, DEVICE_KEY) })
      await device.ask('PUT', '/devices/TABLET', { display_name: 'é "tablet"' })
      const { body } = await device.ask('POST', '/keys/query', {
        device_keys: { [device.userId]: ['TABLET', 'NONE'] },
      })
      expect(body['device_keys']).toEqual({
        [device.userId]: {
          TABLET: {
            ...deviceKeys(other, DEVICE_KEY),
            unsigned: { device_display_name: 'é "tablet"' },
          },
        },
      })
    })

    it('unsigned of the uploader is not passed on', async () => {
      const device = await newPerson(host)
      const keys = {
        ...deviceKeys(device, DEVICE_KEY),
        unsigned: { device_display_name: 'Mallory' },
      }
      await device.ask('POST', '/keys/upload', { device_keys: keys })
      expect((await query(device, device.userId))['device_keys']).toMatchObject({
        [device.userId]: { [device.deviceId]: { unsigned: {} } },
      })
    })

    it('strangers: nobody of ours is left out, others are failures of their servers', async () => {
      const device = await newPerson(host)
      const unused = await newUserId(host)
      const body = await query(
        device,
        unused,
        '@gone:localhost',
        '@x:elsewhere.example',
        '__proto__',
      )
      expect(body).toMatchObject({ device_keys: { [unused]: {} } })
      expect(Object.keys(body['failures'] as object)).toEqual(['elsewhere.example'])
    })
  })
})
