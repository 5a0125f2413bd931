import { format, inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { SecretBytes } from './secret.ts'

/** Bytes that are easily found in anything printed: as numbers, text, hexadecimal and base64. */
const bytes = new Uint8Array(32).fill(0x5a)
const TRACES = /90|ZZ|5a5a|Wlpa/

describe('printing shows nothing', () => {
  const secret = new SecretBytes(bytes)

  test.each([
    ['String', String(secret)],
    ['a template literal', 'key: '.concat(secret as unknown as string)],
    ['toString', secret.toString()],
    ['JSON', JSON.stringify({ secret, list: [secret] })],
    ['inspect', inspect(secret, { showHidden: true, depth: null, getters: true })],
    ['inspect, nested', inspect({ a: [secret] }, { depth: null })],
    ['%s', format('%s', secret)],
    ['%o', format('%o', secret)],
    ['%O', format('%O', secret)],
    ['%j', format('%j', secret)],
    ['its own keys', JSON.stringify(Reflect.ownKeys(secret))],
    ['its entries', inspect(Object.entries(secret))],
    ['a copy by spreading', inspect(Object.assign({}, secret))],
    ['a structured clone', inspect(structuredClone(secret))],
    ['a message of an error', inspect(new Error('failed', { cause: secret }))],
  ])('%s', (_name, printed) => {
    expect(printed).not.toMatch(TRACES)
  })

  test('but that it is a secret', () => {
    expect(String(secret)).toBe('[secret]')
    expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}')
  })

  test('and would be found if it were there', () => {
    expect(inspect(secret.expose())).toMatch(TRACES)
  })
})

describe('the bytes', () => {
  test('are a copy of what was given', () => {
    const given = Uint8Array.from(bytes)
    const secret = new SecretBytes(given)
    given.fill(0)
    expect(secret.expose()).toEqual(bytes)
  })

  test('are exposed themselves, the same each time', () => {
    const secret = new SecretBytes(bytes)
    expect(secret.expose()).toBe(secret.expose())
  })

  test('of a view are those of the view alone', () => {
    const secret = new SecretBytes(bytes.subarray(4, 8))
    expect(secret.expose().buffer.byteLength).toBe(4)
  })
})

describe('destroying', () => {
  test('overwrites the bytes, and nothing is exposed any more', () => {
    const secret = new SecretBytes(bytes)
    const exposed = secret.expose()
    secret.destroy()
    expect(exposed).toEqual(new Uint8Array(32))
    expect(() => secret.expose()).toThrow(new TypeError('This secret has been destroyed'))
    expect(bytes[0]).toBe(0x5a)
  })

  test('twice is once', () => {
    const secret = new SecretBytes(bytes)
    secret.destroy()
    expect(() => {
      secret.destroy()
    }).not.toThrow()
    expect(String(secret)).toBe('[secret]')
  })

  test('happens at the end of a using block', () => {
    const exposedIn = () => {
      using secret = new SecretBytes(bytes)
      return secret.expose()
    }
    expect(exposedIn()).toEqual(new Uint8Array(32))
  })

  test('overwrites what was taken over, which is shown no more than a copy', () => {
    const given = Uint8Array.from(bytes)
    const secret = SecretBytes.takeOver(given)
    expect(secret.expose()).toBe(given)
    expect([String(secret), inspect(secret), JSON.stringify({ secret })].join()).not.toMatch(TRACES)
    secret.destroy()
    expect(given).toEqual(new Uint8Array(32))
  })

  test('leaves copies that were made before', () => {
    const secret = new SecretBytes(bytes)
    const copy = new SecretBytes(secret.expose())
    secret.destroy()
    expect(copy.expose()).toEqual(bytes)
  })
})
