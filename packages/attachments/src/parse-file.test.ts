import { parseWire, WireShapeError } from '@roomkeys/types'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { attachments } from '../test/vectors.ts'
import { encryptedFileSchema, uploadedFileSchema } from './encrypted-file.ts'
import { findEncryptedFiles, parseEncryptedFile, parseUploadedFile } from './parse-file.ts'

const [vector] = attachments
const file = vector?.file ?? {}
const key = vector?.file.key
const uploaded = { ...file, url: 'mxc://example.org/file' }

describe('a description', () => {
  test('is returned as it is, with keys that nobody knows', () => {
    const known = { ...uploaded, 'org.example.extra': { deep: [1] } }
    expect(parseEncryptedFile(known)).toBe(known)
    expect(parseUploadedFile(known)).toBe(known)
    expect(parseWire(encryptedFileSchema, known, 'file')).toBe(known)
    expect(uploadedFileSchema['~standard'].version).toBe(1)
  })

  test.each([
    ['no version', { ...file, v: undefined }, 'malformed_file'],
    ['a numeric version', { ...file, v: 2 }, 'malformed_file'],
    ['an unknown version', { ...file, v: 'v3' }, 'unsupported_version'],
    ['no key', { ...file, key: undefined }, 'malformed_file'],
    ['a key that is text', { ...file, key: 'k' }, 'malformed_file'],
    ['a key of another type', { ...file, key: { ...key, kty: 'RSA' } }, 'unsupported_algorithm'],
    ['a key for GCM', { ...file, key: { ...key, alg: 'A256GCM' } }, 'unsupported_algorithm'],
    ['a shorter algorithm', { ...file, key: { ...key, alg: 'A128CTR' } }, 'unsupported_algorithm'],
    ['a key without bytes', { ...file, key: { ...key, k: '' } }, 'malformed_key'],
    ['a key of 16 bytes', { ...file, key: { ...key, k: 'A'.repeat(22) } }, 'malformed_key'],
    ['a key of 33 bytes', { ...file, key: { ...key, k: 'A'.repeat(44) } }, 'malformed_key'],
    ['a + in the key', { ...file, key: { ...key, k: '+'.padEnd(43, 'A') } }, 'malformed_key'],
    ['a / in the key', { ...file, key: { ...key, k: '/'.padEnd(43, 'A') } }, 'malformed_key'],
    ['no iv', { ...file, iv: undefined }, 'malformed_file'],
    ['an iv of 12 bytes', { ...file, iv: 'A'.repeat(16) }, 'malformed_iv'],
    ['a URL-safe iv', { ...file, iv: '-'.padEnd(22, 'A') }, 'malformed_iv'],
    ['no hashes', { ...file, hashes: undefined }, 'malformed_file'],
    ['no SHA-256', { ...file, hashes: { sha512: 'AA' } }, 'missing_hash'],
    ['a numeric SHA-256', { ...file, hashes: { sha256: 1 } }, 'malformed_file'],
    ['a short SHA-256', { ...file, hashes: { sha256: 'AAAA' } }, 'malformed_hash'],
    ['a list', [], 'malformed_file'],
    ['nothing', null, 'malformed_file'],
  ])('with %s is refused', (_, value, code) => {
    expect(caught(() => parseEncryptedFile(value)).code).toBe(code)
  })

  test.each([
    [
      'no version at all',
      Object.fromEntries(Object.entries(file).filter(([name]) => name !== 'v')),
    ],
    ['version 1', { ...file, v: 'v1' }],
    ['padded base64', { ...file, iv: 'AAAAAAAAAAAAAAAAAAAAAA==' }],
    ['hashes of other kinds', { ...file, hashes: { ...vector?.file.hashes, other: { deep: 1 } } }],
    ['no key_ops and ext', { ...file, key: { kty: 'oct', alg: 'A256CTR', k: key?.k } }],
    ['odd key_ops and ext', { ...file, key: { ...key, key_ops: 'decrypt', ext: 'yes' } }],
  ])('with %s is taken', (_, value) => {
    expect(parseEncryptedFile(value)).toBe(value)
  })

  test('without a url is none of an uploaded file', () => {
    const error = caught(() => parseUploadedFile(file))
    expect(error.code).toBe('malformed_file')
    expect(error.cause).toBeInstanceOf(WireShapeError)
  })

  test('is never quoted', () => {
    const secret = 'c2VjcmV0'
    for (const value of [
      { ...file, key: { ...key, k: secret } },
      { ...file, key: { ...key, kty: secret } },
      { ...file, v: secret },
      { ...file, key: secret },
      { ...file, iv: secret },
    ]) {
      const error = caught(() => parseEncryptedFile(value))
      expect(`${error.message} ${String(error.cause)}`).not.toContain(secret)
    }
  })
})

describe('a message', () => {
  test('has a file and a thumbnail, each on its own', () => {
    const content = { msgtype: 'm.image', file: { v: 'v2' }, info: { thumbnail_file: uploaded } }
    expect(findEncryptedFiles(content)).toMatchObject([
      { place: 'file', status: 'malformed', error: { code: 'malformed_file' } },
      { place: 'info.thumbnail_file', status: 'found', file: uploaded },
    ])
    expect(findEncryptedFiles({ file: uploaded, info: { thumbnail_file: null } })).toMatchObject([
      { place: 'file', status: 'found', file: uploaded },
      { place: 'info.thumbnail_file', status: 'malformed' },
    ])
  })

  test.each([
    ['text', { msgtype: 'm.text', body: 'hello' }],
    ['an unencrypted image', { msgtype: 'm.image', url: 'mxc://a/b', info: { w: 1 } }],
    ['info that is a list', { info: [] }],
    ['nothing', null],
    ['a list', [{ file: uploaded }]],
  ])('that is %s has none', (_, content) => {
    expect(findEncryptedFiles(content)).toEqual([])
  })
})
