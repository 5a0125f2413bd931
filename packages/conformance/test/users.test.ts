import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { dummyRegistration } from '../src/users/dummy-registration.ts'
import { givenTokens, givenUsers } from '../src/users/given-users.ts'
import { sharedSecretRegistration } from '../src/users/shared-secret.node.ts'
import { bodyOf, json, stub, wireOver } from './helpers.ts'

const REGISTERED = json(200, { user_id: '@name:localhost', access_token: 'token-of-name' })
const TAKEN = json(400, { errcode: 'M_USER_IN_USE', error: 'Taken' })
const USER = { userId: '@name:localhost', accessToken: 'token-of-name', password: 'random' }

describe('registration with m.login.dummy', () => {
  const { createUser } = dummyRegistration(() => 'random')

  it('asks once where that is enough', async () => {
    const transport = stub(() => REGISTERED)
    expect(await createUser({ name: 'name', wire: wireOver(transport) })).toEqual(USER)
    expect(transport.requests).toHaveLength(1)
    expect(transport.requests[0]).toMatchObject({
      method: 'POST',
      target: '/_matrix/client/v3/register',
    })
  })

  it('asks again within the session that the server opens', async () => {
    const transport = stub((request) => {
      const { auth } = bodyOf(request) as { readonly auth?: { readonly session?: string } }
      const flows = [{ stages: ['m.login.dummy'] }]
      return auth?.session === 's' ? REGISTERED : json(401, { flows, params: {}, session: 's' })
    })
    expect(await createUser({ name: 'name', wire: wireOver(transport) })).toEqual(USER)
    expect(transport.requests).toHaveLength(2)
  })

  it('takes another name where an earlier run took the first', async () => {
    const transport = stub((request) =>
      bodyOf(request)['username'] === 'name' ? TAKEN : REGISTERED,
    )
    await createUser({ name: 'name', wire: wireOver(transport) })
    expect(transport.requests.map((request) => bodyOf(request)['username'])).toEqual([
      'name',
      'name-random',
    ])
  })

  it('waits where the server asks to', async () => {
    const waits: number[] = []
    let asked = 0
    const limited = json(429, { errcode: 'M_LIMIT_EXCEEDED' }, ['Retry-After', '3'])
    const transport = stub(() => (asked++ < 2 ? limited : REGISTERED))
    await createUser({ name: 'name', wire: wireOver(transport, waits) })
    expect(waits).toEqual([3000, 3000])
  })

  it('says so where registration is closed', async () => {
    const closed = stub(() => json(403, { errcode: 'M_FORBIDDEN', error: 'Closed' }))
    await expect(createUser({ name: 'name', wire: wireOver(closed) })).rejects.toMatchObject({
      code: 'cannot_register',
      message: 'Cannot register: 403 M_FORBIDDEN',
    })
  })
})

describe('registration with a shared secret', () => {
  const { createUser } = sharedSecretRegistration('the shared secret', () => 'random')

  it('proves the secret without sending it', async () => {
    const transport = stub(({ method }) =>
      method === 'GET' ? json(200, { nonce: 'n' }) : REGISTERED,
    )
    expect(await createUser({ name: 'name', wire: wireOver(transport) })).toEqual(USER)
    const [nonce, sent] = transport.requests
    expect(nonce?.target).toBe('/_synapse/admin/v1/register')
    const mac = createHmac('sha1', 'the shared secret').update('n\0name\0random\0notadmin')
    expect(sent === undefined ? {} : bodyOf(sent)).toEqual({
      nonce: 'n',
      username: 'name',
      password: 'random',
      admin: false,
      mac: mac.digest('hex'),
    })
    expect(JSON.stringify(transport.requests)).not.toContain('the shared secret')
  })

  it('has a fresh nonce for another name', async () => {
    let nonces = 0
    const transport = stub((request) => {
      if (request.method === 'GET') return json(200, { nonce: `n${++nonces}` })
      return bodyOf(request)['username'] === 'name' ? TAKEN : REGISTERED
    })
    await createUser({ name: 'name', wire: wireOver(transport) })
    expect(nonces).toBe(2)
  })

  it('says so where there is no such endpoint, and wants a secret', async () => {
    const none = stub(() => json(404, { errcode: 'M_UNRECOGNIZED', error: '' }))
    await expect(createUser({ name: 'name', wire: wireOver(none) })).rejects.toMatchObject({
      code: 'cannot_register',
      message: 'No nonce for registration: 404',
    })
    expect(() => sharedSecretRegistration('')).toThrow(TypeError)
  })
})

describe('given users', () => {
  it('are lent to one at a time', async () => {
    const factory = givenUsers([{ userId: '@a:b', accessToken: 'a' }])
    const user = { name: 'x', wire: wireOver(stub(() => REGISTERED)) }
    const first = await factory.createUser(user)
    const events: string[] = []
    const second = factory.createUser(user).then(() => events.push('second'))
    await Promise.resolve()
    events.push('released')
    factory.releaseUser?.(first)
    await second
    expect(events).toEqual(['released', 'second'])
    expect(factory.capacity).toBe(1)
  })

  it('need a token each', () => {
    expect(() => givenTokens([])).toThrow('users must have at least one user')
    expect(() => givenTokens(['a', ''])).toThrow('users must each have an accessToken')
  })
})
