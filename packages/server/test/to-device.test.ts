import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeUnharmed, newDevice, newPerson, sync, type TestDevice } from './device-helpers.ts'
import { type Answer, askAs, BACKENDS, openTestServer, type TestServer } from './helpers.ts'

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => closeUnharmed(host))

  let transactions = 0

  function send(
    { ask }: Pick<TestDevice, 'ask'>,
    messages: unknown,
    { type = 'm.test', txn = `t${++transactions}` } = {},
  ): Promise<Answer> {
    const path = `/sendToDevice/${encodeURIComponent(type)}/${encodeURIComponent(txn)}`
    return ask('PUT', path, { messages })
  }

  async function contentsFor(device: TestDevice): Promise<readonly unknown[]> {
    return (await sync(device)).to_device.events.map(({ content }) => content)
  }

  it('arrives with its sender and type, and with its content as it was', async () => {
    const [sender, receiver] = [await newPerson(host), await newPerson(host)]
    const content = { 'a.b': [1, 'é\0', { ['__proto__']: null }], n: 1e21 }
    const type = 'm.room.encrypted/ü'
    const to = { [receiver.userId]: { [receiver.deviceId]: content } }
    expect((await send(sender, to, { type })).text).toBe('{}')
    expect((await sync(receiver)).to_device.events).toEqual([
      { type, sender: sender.userId, content },
    ])
  })

  it('* is every device, unless one has a message of its own', async () => {
    const phone = await newPerson(host)
    const tablet = await newDevice(host, phone.userId, { deviceId: 'TABLET' })
    const desktop = await newDevice(host, phone.userId, { deviceId: 'DESKTOP' })
    await send(tablet, { [phone.userId]: { '*': { all: true }, DESKTOP: { own: true } } })
    for (const device of [phone, tablet]) expect(await contentsFor(device)).toEqual([{ all: true }])
    expect(await contentsFor(desktop)).toEqual([{ own: true }])
  })

  it('whoever is not there gets nothing', async () => {
    const { userId, ...sender } = await newPerson(host)
    const to = { [userId]: { NONE: {} }, '@gone:localhost': { '*': {} }, '@x:elsewhere': { X: {} } }
    expect((await send(sender, to)).text).toBe('{}')
  })

  it('a transaction happens once for each device that sends it', async () => {
    const [sender, receiver] = [await newPerson(host), await newPerson(host)]
    const other = await newDevice(host, sender.userId, { deviceId: 'TABLET' })
    const to = (n: number): object => ({ [receiver.userId]: { '*': { n } } })
    await send(sender, to(1), { txn: 'x' })
    await send(sender, to(2), { txn: 'x' })
    await send(other, to(3), { txn: 'x' })
    await send(sender, to(4), { txn: 'x', type: 'm.other' })
    await Promise.all(Array.from({ length: 10 }, () => send(sender, to(5), { txn: 'y' })))
    expect(await contentsFor(receiver)).toEqual([1, 3, 4, 5].map((n) => ({ n })))
  })

  it('waits until the receiver asks for what comes after it', async () => {
    const [sender, receiver] = [await newPerson(host), await newPerson(host)]
    const to = (n: number): object => ({ [receiver.userId]: { '*': { n } } })
    await send(sender, to(1))
    const first = await sync(receiver)
    // The answer was lost: it comes again.
    expect((await sync(receiver)).to_device.events).toEqual(first.to_device.events)
    await send(sender, to(2))
    const second = await sync(receiver, { since: first.next_batch })
    expect(second.to_device.events).toMatchObject([{ content: { n: 2 } }])
    // Asked for with the first token again, which acknowledged the first message for good.
    expect(await sync(receiver, { since: first.next_batch })).toEqual(second)
    const third = await sync(receiver, { since: second.next_batch })
    expect(third.to_device.events).toEqual([])
    expect(await contentsFor(receiver)).toEqual([])
  })

  it('hands over many in parts, none twice and none out of order', async () => {
    const [sender, receiver] = [await newPerson(host), await newPerson(host)]
    const ask = askAs(receiver.token, host.withLimits({ toDevicePerSync: 4 }))
    for (let n = 0; n < 10; n++) await send(sender, { [receiver.userId]: { '*': { n } } })
    const parts: unknown[][] = []
    for (let since: string | null = null; parts.length < 4;) {
      const answer = await sync({ ask }, since === null ? {} : { since })
      parts.push(answer.to_device.events.map(({ content }) => (content as { n: number }).n))
      since = answer.next_batch
    }
    expect(parts).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], []])
  })

  it('a full queue refuses more until it is emptied', async () => {
    const [sender, receiver] = [await newPerson(host), await newPerson(host)]
    const ask = askAs(sender.token, host.withLimits({ toDeviceQueue: 2 }))
    const to = { [receiver.userId]: { '*': {} } }
    for (let i = 0; i < 2; i++) expect((await send({ ask }, to)).status).toBe(200)
    const refused = await send({ ask }, to, { txn: 'full' })
    expect(refused).toMatchObject({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED' } })
    expect(refused.headers.get('retry-after')).toBe('60')
    const { next_batch: since } = await sync(receiver)
    await sync(receiver, { since })
    expect((await send({ ask }, to, { txn: 'full' })).status).toBe(200)
    expect(await contentsFor(receiver)).toHaveLength(1)
  })

  it('forgets transactions that are old or too many', async () => {
    const receiver = await newPerson(host)
    const day = 24 * 60 * 60 * 1000
    await host.store.query(
      `INSERT INTO to_device_transactions
         (user_id, sender, sender_device_id, type, txn_id, sent_at)
       SELECT $1, '@a:b', 'D', 't', n::text, $2::bigint + n FROM generate_series(1, 50) AS n`,
      [receiver.userId, Date.now() - day - 30],
    )
    const ask = askAs(receiver.token, host.withLimits({ toDeviceTransactions: 10 }))
    for (let i = 0; i < 64; i++)
      await send({ ask }, { [receiver.userId]: { [receiver.deviceId]: {} } })
    const { rows } = await host.store.query(
      'SELECT txn_id FROM to_device_transactions WHERE user_id = $1',
      [receiver.userId],
    )
    expect(rows.length).toBeLessThanOrEqual(64)
    expect(rows.map((row) => row['txn_id'])).not.toContain('1')
  })

  it('a removed device leaves none of its messages', async () => {
    const receiver = await newPerson(host)
    await send(receiver, { [receiver.userId]: { '*': {} } })
    await receiver.ask('POST', '/logout')
    const again = await newDevice(host, receiver.userId)
    expect(await contentsFor(again)).toEqual([])
  })

  describe('what is refused', () => {
    it.each([
      ['no messages', undefined, 'M_BAD_JSON'],
      ['a list', [], 'M_INVALID_PARAM'],
      ['content that is no object', { '@a:b': { X: 1 } }, 'M_INVALID_PARAM'],
      ['a user id with U+0000', { 'a\0': {} }, 'M_INVALID_PARAM'],
      ['a device id with half a character', { '@a:b': { '\ud800': {} } }, 'M_INVALID_PARAM'],
    ])('%s', async (_, messages, errcode) => {
      expect(await send(await newPerson(host), messages)).toMatchObject({
        status: 400,
        body: { errcode },
      })
    })

    it('a type or a transaction id that cannot be stored', async () => {
      const sender = await newPerson(host)
      for (const options of [{ type: 'a\0' }, { txn: 'a\0' }, { txn: 'x'.repeat(256) }])
        expect((await send(sender, {}, options)).status).toBe(400)
    })

    it('contents and bodies that are too large, and too many receivers', async () => {
      const sender = await newPerson(host)
      const ask = askAs(
        sender.token,
        host.withLimits({ targetsPerRequest: 2, toDeviceBytes: 2000 }),
      )
      const text = (length: number): object => ({ text: 'x'.repeat(length) })
      expect((await send(sender, { '@a:b': { X: text(2 ** 16) } })).status).toBe(413)
      expect((await send({ ask }, { '@a:b': { X: text(2000) } })).status).toBe(413)
      expect((await send({ ask }, { '@a:b': { X: {}, Y: {} } })).status).toBe(413)
    })
  })
})
