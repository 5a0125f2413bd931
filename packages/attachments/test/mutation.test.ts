/**
 * Files changed at every byte and at every character.
 *
 * The hash covers the ciphertext. Nothing in the format covers key and iv, which stand beside the hash
 * in an event that is encrypted itself: with another key, noise is decrypted.
 */
import { describe, expect, test } from 'vitest'
import {
  AttachmentError,
  decryptAttachment,
  decryptAttachmentBuffered,
  decryptAttachmentStream,
  decryptUnverifiedUntilEnd,
  type EncryptedFile,
} from '../src/index.ts'
import { rejected } from './caught.ts'
import { drain, streamOf } from './streams.ts'
import { attachments, ciphertextOf, providers, sha256Hex } from './vectors.ts'

const small = attachments.filter(({ length }) => length <= 17)

const MASKS = [1, 0x80, 0xff]

/** Every way to change one byte with one of the masks. */
function* changedBytes(bytes: Uint8Array): Generator<Uint8Array> {
  for (const position of bytes.keys())
    for (const mask of MASKS) yield bytes.with(position, (bytes[position] ?? 0) ^ mask)
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_='

/** Every way to change, drop or double one character. */
function* changedTexts(text: string): Generator<string> {
  for (const position of Array.from(text).keys()) {
    const [before, after] = [text.slice(0, position), text.slice(position + 1)]
    for (const character of ALPHABET)
      if (character !== text[position]) yield before + character + after
    yield before + after
    yield text.slice(0, position + 1) + text.slice(position)
  }
}

describe.each(small)('$length bytes', (vector) => {
  const ciphertext = ciphertextOf(vector)
  const { file } = vector

  test.each(providers)('no change of the ciphertext is accepted by %s', async (_, primitives) => {
    for (const changed of [
      ...changedBytes(ciphertext),
      ...[...ciphertext.keys()].map((length) => ciphertext.subarray(0, length)),
      Uint8Array.of(...ciphertext, 0),
    ]) {
      const open = (): ReadableStream<Uint8Array> => streamOf(changed)
      const errors = [
        await rejected(decryptAttachment(changed, file, { primitives })),
        await rejected(decryptAttachmentBuffered(open(), file, { primitives })),
        await rejected(decryptAttachmentStream(open, file, { primitives })),
        (await drain(decryptUnverifiedUntilEnd(open(), file, { primitives }))).error,
      ]
      for (const error of errors) expect(error).toMatchObject({ code: 'hash_mismatch' })
    }
  })

  test('no change of the hash is accepted', async () => {
    const hash = file.hashes.sha256 ?? ''
    for (const sha256 of changedTexts(hash)) {
      // Padding that belongs there says the same.
      if (sha256 === `${hash}=`) continue
      const { code } = await rejected(
        decryptAttachment(ciphertext, { ...file, hashes: { sha256 } }),
      )
      expect(['hash_mismatch', 'malformed_hash']).toContain(code)
    }
  })
})

/** Long enough that noise is never the plaintext. */
describe.each(small.filter(({ length }) => length >= 15))('$length bytes', (vector) => {
  const ciphertext = ciphertextOf(vector)
  const { file, sha256_plaintext: hash } = vector

  async function outcome(changed: EncryptedFile): Promise<string> {
    try {
      const decrypted = await decryptAttachment(ciphertext, changed)
      return sha256Hex(decrypted) === hash ? 'the plaintext' : 'noise'
    } catch (error) {
      if (error instanceof AttachmentError) return error.code
      throw error
    }
  }

  async function outcomes(changed: Iterable<EncryptedFile>): Promise<ReadonlySet<string>> {
    return new Set(await Promise.all(Array.from(changed, outcome)))
  }

  test('no change of the key gives the plaintext', async () => {
    const keys = Array.from(changedTexts(file.key.k), (k) => ({ ...file, key: { ...file.key, k } }))
    const unpadded = keys.filter(({ key }) => key.k !== `${file.key.k}=`)
    expect(await outcomes(unpadded)).toEqual(new Set(['noise', 'malformed_key']))
  })

  test('no change of the iv gives the plaintext', async () => {
    const ivs = Array.from(changedTexts(file.iv), (iv) => ({ ...file, iv }))
    expect(await outcomes(ivs)).toEqual(new Set(['noise', 'malformed_iv']))
  })
})
