/** Every framing that clients write, and some that mail programs and editors make of it. */
import { encodeBase64, encodePaddedBase64 } from '@roomkeys/crypto/base64'
import { describe, expect, test } from 'vitest'
import { decryptKeyExport, unwrapArmor, wrapArmor } from '../src/index.ts'
import { caught } from './caught.ts'
import { PASSPHRASE, sealedJson } from './sealed.ts'
import { files, sessions } from './vectors.ts'

const HEADER = '-----BEGIN MEGOLM SESSION DATA-----'
const FOOTER = '-----END MEGOLM SESSION DATA-----'

const framed = (body: string, end = '\n') => [HEADER, body, FOOTER].join(end) + end
const lines = (text: string, width: number, end = '\n') =>
  (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(end)

const framings: readonly (readonly [string, (payload: Uint8Array) => string])[] = [
  ['one line, unpadded', (payload) => framed(encodeBase64(payload))],
  ['one line, padded', (payload) => framed(encodePaddedBase64(payload))],
  ['lines of 64', (payload) => framed(lines(encodeBase64(payload), 64))],
  ['lines of 64, padded', (payload) => framed(lines(encodePaddedBase64(payload), 64))],
  ['lines of 76', (payload) => framed(lines(encodeBase64(payload), 76))],
  ['lines of 76, padded', (payload) => framed(lines(encodePaddedBase64(payload), 76))],
  ['lines of 96', (payload) => framed(lines(encodeBase64(payload), 96))],
  ['lines of 96, padded', (payload) => framed(lines(encodePaddedBase64(payload), 96))],
  ['CRLF', (payload) => framed(lines(encodeBase64(payload), 76, '\r\n'), '\r\n')],
  ['CR alone', (payload) => framed(lines(encodeBase64(payload), 76, '\r'), '\r')],
  ['blank lines between', (payload) => framed(lines(encodeBase64(payload), 76, '\n\n'), '\n\n')],
  ['indented lines', (payload) => framed(`  ${lines(encodeBase64(payload), 76, '\n\t')}`)],
  ['no-break spaces', (payload) => framed(`\u00a0${encodeBase64(payload)}\u00a0`)],
  ['leading blank lines', (payload) => `\n\r\n \n${framed(encodeBase64(payload))}`],
  ['trailing blank lines', (payload) => `${framed(encodeBase64(payload))}\n \r\n\n`],
  ['a byte order mark', (payload) => `\ufeff${framed(encodeBase64(payload))}`],
  ['no final newline', (payload) => framed(encodeBase64(payload)).trimEnd()],
  ['no line ends at all', (payload) => framed(encodeBase64(payload), '')],
]

describe.each(framings)('%s', (_, frame) => {
  test('gives the same payload', () => {
    for (const { file } of files) {
      const payload = unwrapArmor(file)
      expect(unwrapArmor(frame(payload))).toEqual(payload)
    }
  })

  test('decrypts to the same sessions', async () => {
    const payload = unwrapArmor(await sealedJson(sessions.slice(0, 2)))
    const { entries } = await decryptKeyExport(frame(payload), PASSPHRASE)
    expect(entries.map(({ session }) => session)).toEqual(sessions.slice(0, 2))
  })
})

describe('what is written', () => {
  test.each([0, 1, 2, 3, 56, 57, 58, 114, 1000])('is framed exactly, for %i bytes', (length) => {
    const payload = new Uint8Array(length).fill(0xb7)
    const file = wrapArmor(payload)
    const [header, ...rest] = file.split('\n')
    expect(header).toBe(HEADER)
    expect(rest.slice(-2)).toEqual([FOOTER, ''])
    const body = rest.slice(0, -2)
    expect(body.slice(0, -1).every((line) => line.length === 76)).toBe(true)
    expect(body.every((line) => line.length > 0 && line.length <= 76)).toBe(true)
    expect(body.join('')).toBe(Buffer.from(payload).toString('base64'))
    expect(unwrapArmor(file)).toEqual(payload)
  })
})

describe('what is no key export', () => {
  const body = encodeBase64(new Uint8Array(100))

  test.each([
    ['nothing', ''],
    ['white space', ' \n\t'],
    ['other text', 'hello'],
    ['JSON', '[{"algorithm":"m.megolm.v1.aes-sha2"}]'],
    ['the body alone', body],
    ['text before the header', `To whom it may concern\n${framed(body)}`],
    ['a header in lower case', framed(body).replace(HEADER, HEADER.toLowerCase())],
    ['a header cut short', framed(body).slice(1)],
    ['another kind of block', framed(body).replaceAll('MEGOLM SESSION DATA', 'PUBLIC KEY')],
  ])('%s has no header', (_, file) => {
    expect(caught(() => unwrapArmor(file)).code).toBe('no_header')
  })

  test('a file that is cut off anywhere after its header has no footer', () => {
    const file = framed(body).trimEnd()
    for (let length = HEADER.length; length < file.length; length++)
      expect(caught(() => unwrapArmor(file.slice(0, length))).code).toBe('no_footer')
  })

  test('text after the footer has no footer at its end', () => {
    expect(caught(() => unwrapArmor(`${framed(body)}Sent from a telephone`)).code).toBe('no_footer')
  })

  test.each([
    ['a foreign character', framed(`${body.slice(0, 50)}*${body.slice(51)}`)],
    ['a URL-safe character', framed(`${body.slice(0, 50)}-${body.slice(51)}`)],
    ['a lost character', framed(body.slice(0, 133))],
    ['padding in the middle', framed(`${body.slice(0, 50)}==\n${body.slice(50)}`)],
    ['one padding character of two', framed(`${body}=`)],
    ['stray bits at the end', framed(`${body.slice(0, -1)}B`)],
    ['two files in one', framed(body) + framed(body)],
  ])('%s is bad base64', (_, file) => {
    const error = caught(() => unwrapArmor(file))
    expect(error.code).toBe('bad_base64')
    expect(error.cause).toBeInstanceOf(Error)
    expect(error.retryable).toBe(false)
  })
})
