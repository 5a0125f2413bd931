import { expect, test } from 'vitest'
import { CryptoError } from './errors.ts'

test('an error says what is wrong, keeps its cause, and is not worth a retry', () => {
  const cause = new TypeError('inner')
  const error = new CryptoError('not_utf8', 'The bytes are not UTF-8', { cause })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'CryptoError', code: 'not_utf8', retryable: false, cause })
  expect(error.message).toBe('The bytes are not UTF-8')
  expect(Object.hasOwn(new CryptoError('bad_padding', 'm'), 'cause')).toBe(false)
})
