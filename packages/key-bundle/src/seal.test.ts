import { encryptAttachment } from '@roomkeys/attachments'
import { describe, expect, test } from 'vitest'
import { caught, rejected } from '../test/caught.ts'
import { ALICE, makeSession, ROOM } from '../test/session.ts'
import { buildRoomKeyBundle } from './build.ts'
import {
  encryptRoomKeyBundle,
  MAX_BUNDLE_LENGTH,
  openRoomKeyBundle,
  parseRoomKeyBundleContent,
  roomKeyBundleContent,
} from './seal.ts'

const options = { roomId: ROOM, sharedBy: ALICE }
const uploaded = { roomId: ROOM, url: 'mxc://example.org/bundle' }

const { bundle } = buildRoomKeyBundle(
  [3, 4, 5].map((seed) => makeSession({ seed, fields: { shared_history: seed !== 4 } })),
  options,
)
const { ciphertext, file } = await encryptRoomKeyBundle(bundle)
const content = roomKeyBundleContent(file, uploaded)

async function sealed(text: string) {
  const { ciphertext, file } = await encryptAttachment(Buffer.from(text))
  return { ciphertext, content: roomKeyBundleContent(file, uploaded) }
}

function streamed(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new Blob([Uint8Array.from(bytes)]).stream()
}

test('the content is what the specification asks for', () => {
  expect(content).toEqual({ room_id: ROOM, file: { ...file, url: 'mxc://example.org/bundle' } })
  expect(parseRoomKeyBundleContent(content)).toBe(content)
})

test('a bundle is opened, from memory and from a stream', async () => {
  const read = await openRoomKeyBundle(ciphertext, content, options)
  expect(read.keys.map(({ status }) => status)).toEqual(['opened', 'opened'])
  expect(read.withheld.map(({ status }) => status)).toEqual(['withheld'])
  expect(await openRoomKeyBundle(streamed(ciphertext), content, options)).toEqual(read)
})

describe('a bundle is not opened', () => {
  test('for another room', async () => {
    const error = await rejected(
      openRoomKeyBundle(ciphertext, content, { ...options, roomId: '!other:example.org' }),
    )
    expect(error.code).toBe('wrong_room')
  })

  test('when it is too large', async () => {
    const limited = { ...options, maxLength: ciphertext.length - 1 }
    expect((await rejected(openRoomKeyBundle(ciphertext, content, limited))).code).toBe('too_large')
    const error = await rejected(openRoomKeyBundle(streamed(ciphertext), content, limited))
    expect(error).toMatchObject({ code: 'too_large', cause: { code: 'over_limit' } })
    expect(MAX_BUNDLE_LENGTH).toBe(64 * 1024 * 1024)
  })

  test('when the file is not the one that was described', async () => {
    const changed = ciphertext.with(0, (ciphertext[0] ?? 0) ^ 1)
    for (const given of [changed, streamed(changed)])
      expect(await rejected(openRoomKeyBundle(given, content, options))).toMatchObject({
        code: 'undecryptable',
        retryable: true,
        cause: { code: 'hash_mismatch' },
      })
  })

  test('when the description is not usable', async () => {
    const unusable = { ...content, file: { ...content.file, v: 'v9' } }
    expect(await rejected(openRoomKeyBundle(ciphertext, unusable, options))).toMatchObject({
      code: 'undecryptable',
      retryable: false,
    })
  })

  test.each(['', 'secret', '[]', '{"room_keys":{}}', '\ufeff{}', '"secret'])(
    'when it holds %j',
    async (text) => {
      const { ciphertext, content } = await sealed(text)
      const error = await rejected(openRoomKeyBundle(ciphertext, content, options))
      expect(error.code).toBe('malformed_bundle')
      expect(`${error.message}${String(error.cause)}`).not.toContain('secret')
    },
  )

  test('when it is no UTF-8', async () => {
    const { ciphertext, file } = await encryptAttachment(Uint8Array.of(0x22, 0xff, 0x22))
    const content = roomKeyBundleContent(file, uploaded)
    const error = await rejected(openRoomKeyBundle(ciphertext, content, options))
    expect(error.code).toBe('malformed_bundle')
  })

  test('once it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('Too late'))
    const opening = openRoomKeyBundle(streamed(ciphertext), content, { ...options, signal })
    await expect(opening).rejects.toBe(signal.reason)
  })
})

test.each([
  ['nothing', null],
  ['no room', { file: content.file }],
  ['a room that is no text', { ...content, room_id: 1 }],
  ['no file', { room_id: ROOM }],
  ['a file without a url', { room_id: ROOM, file }],
  ['a file of another version', { room_id: ROOM, file: { ...content.file, v: 'v9' } }],
])('content with %s is refused', (_, value) => {
  expect(caught(() => parseRoomKeyBundleContent(value)).code).toBe('malformed_content')
})
