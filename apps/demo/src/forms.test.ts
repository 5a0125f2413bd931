import { describe, expect, it } from 'vitest'
import { readBackupPassphrase, readFilePassphrase, readKey, readSignIn } from './forms.ts'

function formOf(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}

const SIGN_IN = { homeserver: 'matrix.example.org', user: ' alice ', password: ' p ' }

describe('readSignIn', () => {
  it('adds the scheme, trims the user, and leaves the password as it is', () => {
    expect(readSignIn(formOf(SIGN_IN), 'password')).toEqual({
      value: {
        method: 'password',
        baseUrl: 'https://matrix.example.org/',
        user: 'alice',
        password: ' p ',
      },
    })
  })

  it('reads an access token', () => {
    const form = formOf({ homeserver: 'http://127.0.0.1:8008', 'access-token': ' syt_x\n' })
    expect(readSignIn(form, 'token')).toEqual({
      value: { method: 'token', baseUrl: 'http://127.0.0.1:8008/', accessToken: 'syt_x' },
    })
  })

  it.each([
    '',
    ' ',
    'https://',
    'ftp://a.example',
    'https://u:p@a.example',
    'https://a.example/?q',
    'https://a.example/#f',
    'a b',
  ])('refuses the address %j', (homeserver) => {
    const checked = readSignIn(formOf({ ...SIGN_IN, homeserver }), 'password')
    expect(checked).toMatchObject({ notice: { place: 'homeserver', tone: 'error' } })
  })

  it.each([
    ['user', 'password', { ...SIGN_IN, user: ' ' }],
    ['password', 'password', { ...SIGN_IN, password: '' }],
    ['access-token', 'token', SIGN_IN],
    ['access-token', 'token', { ...SIGN_IN, 'access-token': 'a b' }],
  ] as const)('asks for the %s', (place, method, fields) => {
    expect(readSignIn(formOf(fields), method)).toMatchObject({ notice: { place } })
  })
})

describe('secrets', () => {
  it('asks for what is empty', () => {
    const empty = formOf({ 'decryption-key': ' ' })
    expect(readKey(empty)).toMatchObject({ notice: { place: 'decryption-key' } })
    expect(readBackupPassphrase(empty)).toMatchObject({ notice: { place: 'backup-passphrase' } })
    expect(readFilePassphrase(empty)).toMatchObject({ notice: { place: 'file-passphrase' } })
  })

  it('passes them on as they are', () => {
    expect(readKey(formOf({ 'decryption-key': ' Es ' }))).toEqual({ value: ' Es ' })
    expect(readBackupPassphrase(formOf({ 'backup-passphrase': ' ' }))).toEqual({ value: ' ' })
  })

  it('wants the same passphrase twice', () => {
    const twice = (again: string) =>
      readFilePassphrase(formOf({ 'file-passphrase': 'one', 'file-passphrase-again': again }))
    expect(twice('one')).toEqual({ value: 'one' })
    expect(twice('One')).toMatchObject({ notice: { place: 'file-passphrase-again' } })
  })
})
