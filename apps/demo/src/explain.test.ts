import { decodeDecryptionKey, BackupError } from '@roomkeys/backup'
import { ClientError } from '@roomkeys/client'
import { KeyExportError } from '@roomkeys/key-export'
import { TransportError, type TransportErrorCode } from '@roomkeys/transport'
import { describe, expect, it } from 'vitest'
import { explain } from './explain.ts'
import type { Task } from './task.ts'

const KEY = 'EsTu 1nJ8 sRP1 zz9w EWBS 5LvQ 1EK5 Yg4N kU2U XL66 Tq3h XGwT'

function typoIn(text: string): unknown {
  try {
    return decodeDecryptionKey(text)
  } catch (error) {
    return error
  }
}

function transport(code: Exclude<TransportErrorCode, 'unauthorized'>): TransportError {
  return new TransportError(code, 'GET /somewhere')
}

describe('explain', () => {
  it.each([
    ['character', KEY.replace('E', '0'), 'Character 1 of the key is not allowed. Keys have'],
    ['length', KEY.slice(0, -1), 'The key has 47 characters, where 48 are expected. Check that'],
    ['prefix', KEY.replace('Es', 'Fs'), 'The beginning of the key is wrong. Keys begin with “Es”'],
    ['parity', KEY.replace('XGwT', 'XGwS'), 'its check byte does not match. A character was'],
  ])('tells a typo of the kind %s, at the field', (_, text, expected) => {
    const notice = explain(typoIn(text), 'check-key')
    expect(notice).toMatchObject({ place: 'decryption-key', tone: 'error' })
    expect(notice.text).toContain(expected)
  })

  it.each<[TransportErrorCode & Parameters<typeof transport>[0], Task, string]>([
    ['forbidden', 'sign-in', 'password'],
    ['network', 'sign-in', 'homeserver'],
    ['not_json', 'sign-in', 'homeserver'],
    ['not_found', 'sign-in-with-token', 'homeserver'],
    ['forbidden', 'sign-in-with-token', 'step'],
    ['rate_limited', 'sign-in', 'step'],
    ['network', 'restore', 'step'],
    ['forbidden', 'restore', 'step'],
  ])('ties %s during %s to %s', (code, task, place) => {
    expect(explain(transport(code), task).place).toBe(place)
  })

  it('says how long a server asks to wait', () => {
    const error = new TransportError('rate_limited', 'POST /login', { retryAfterMs: 1_200 })
    expect(explain(error, 'sign-in').text).toBe(
      'The homeserver asks for a pause. Try again in 2 s.',
    )
    expect(explain(transport('rate_limited'), 'restore').text).toContain('in a while')
  })

  it('says that everything is cleared here when signing out fails', () => {
    expect(explain(transport('network'), 'sign-out').text).toContain('Everything is cleared here')
  })

  it.each([
    [new ClientError('version_gone', 'm'), 'restore', 'The backup was deleted while it was read.'],
    [new BackupError('malformed_auth_data', 'm'), 'check-key', 'is damaged'],
    [new KeyExportError('no_sessions', 'There are no sessions to export'), 'save', 'no sessions'],
  ] as const)('puts %s into words', (error, task, text) => {
    expect(explain(error, task)).toMatchObject({ place: 'step', tone: 'error' })
    expect(explain(error, task).text).toContain(text)
  })

  it('ties a refused passphrase to its field', () => {
    const error = new BackupError('unsupported_passphrase', 'm')
    expect(explain(error, 'check-key').place).toBe('backup-passphrase')
  })

  it.each([new Error('secret'), 'secret', undefined])(
    'shows nothing of an unexpected error but its name',
    (error) => {
      const { place, text } = explain(error, 'restore')
      expect(place).toBe('step')
      expect(text).not.toContain('secret')
    },
  )
})
