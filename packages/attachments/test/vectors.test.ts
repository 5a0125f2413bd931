import { decodeBase64 } from '@roomkeys/crypto/base64'
import type { Bytes } from '@roomkeys/crypto/bytes'
import { describe, expect, test } from 'vitest'
import {
  decryptAttachment,
  decryptAttachmentBuffered,
  decryptAttachmentStream,
  decryptUnverifiedRange,
  decryptUnverifiedUntilEnd,
  encryptAttachment,
  encryptAttachmentStream,
  type EncryptedFile,
  findEncryptedFiles,
  parseEncryptedFile,
} from '../src/index.ts'
import { readAll, streamOf } from './streams.ts'
import { attachments, ciphertextOf, providers, sha256Hex } from './vectors.ts'

/** Gives the key and the iv of a file where random bytes are asked for. */
function replaying({ key, iv }: EncryptedFile): (length: number) => Bytes {
  const known = [Uint8Array.from(Buffer.from(key.k, 'base64url')), decodeBase64(iv).slice(0, 8)]
  return (length) => known.find((bytes) => bytes.length === length) ?? new Uint8Array()
}

test('there are files of sizes around the block size, and large ones', () => {
  expect(attachments.map(({ length }) => length)).toEqual(
    expect.arrayContaining([0, 1, 15, 16, 17, 65536]),
  )
})

describe.each(providers)('with %s', (_, primitives) => {
  describe.each(attachments)('$length bytes by the Rust stack', (vector) => {
    const ciphertext = ciphertextOf(vector)
    const { file, sha256_plaintext: hash, length: size } = vector

    test('are decrypted in every way', async () => {
      const options = { primitives, size }
      const whole = await decryptAttachment(ciphertext, file, options)
      expect(whole).toHaveLength(size)
      expect(sha256Hex(whole)).toBe(hash)
      const open = (): ReadableStream<Uint8Array> => streamOf(ciphertext)
      expect(await decryptAttachmentBuffered(open(), file, options)).toEqual(whole)
      expect(await readAll(await decryptAttachmentStream(open, file, options))).toEqual(whole)
      expect(await readAll(decryptUnverifiedUntilEnd(open(), file, options))).toEqual(whole)
      const part = { ciphertext, offset: 0 }
      expect(await decryptUnverifiedRange(part, file, { primitives })).toEqual(whole)
    })

    test('are encrypted to the same bytes', async () => {
      const plaintext = await decryptAttachment(ciphertext, file)
      const options = { primitives, random: replaying(file) }
      const again = await encryptAttachment(plaintext, options)
      expect(again.ciphertext).toEqual(ciphertext)
      expect(again.file).toEqual({
        ...file,
        key: { ...file.key, key_ops: ['encrypt', 'decrypt'] },
      })
      const { readable, finished } = encryptAttachmentStream(streamOf(plaintext), options)
      expect(await readAll(readable)).toEqual(ciphertext)
      expect(await finished).toEqual(again.file)
    })
  })
})

test.each(attachments)('the description of $length bytes is handed on as it is', ({ file }) => {
  expect(parseEncryptedFile(file)).toBe(file)
  const uploaded = { ...file, url: 'mxc://example.org/file' }
  expect(findEncryptedFiles({ file: uploaded, info: { thumbnail_file: uploaded } })).toEqual([
    { place: 'file', status: 'found', file: uploaded },
    { place: 'info.thumbnail_file', status: 'found', file: uploaded },
  ])
})
