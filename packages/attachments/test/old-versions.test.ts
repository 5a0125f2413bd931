/** Files from before the specification, made here with the platforms' own AES. */
import { createCipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decryptAttachment, decryptAttachmentStream, decryptUnverifiedRange } from '../src/index.ts'
import { rejected } from './caught.ts'
import { describe as describeFile, KEY, pattern } from './known.ts'
import { readAll, streamOf } from './streams.ts'
import { providers } from './vectors.ts'

const plaintext = pattern(1000)

/** Counter blocks whose lower half overflows at the first block, within the file, and after it. */
const counters = {
  'overflows at once': [...new Array<number>(8).fill(0x5a), ...new Array<number>(8).fill(0xff)],
  'overflows within': [
    ...new Array<number>(8).fill(0x5a),
    ...new Array<number>(7).fill(0xff),
    0xe0,
  ],
  'overflows everything': new Array<number>(16).fill(0xff),
  'overflows nothing': Array.from({ length: 16 }, (_, position) => 17 * position),
}

/** All 128 bits count in OpenSSL. */
function encrypt128(counter: Uint8Array): Uint8Array {
  return Uint8Array.from(createCipheriv('aes-256-ctr', KEY, counter).update(plaintext))
}

/** As many bits count in WebCrypto as it is told. */
async function encrypt64(counter: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', KEY, 'AES-CTR', false, ['encrypt'])
  const parameters = { name: 'AES-CTR', counter: Uint8Array.from(counter), length: 64 }
  return new Uint8Array(await crypto.subtle.encrypt(parameters, key, plaintext))
}

describe.each(Object.entries(counters))('a counter that %s', (_, bytes) => {
  const counter = Uint8Array.from(bytes)

  test.each(providers)('without a version, with %s', async (_, primitives) => {
    const ciphertext = encrypt128(counter)
    const file = describeFile({ ciphertext, counter })
    expect(await decryptAttachment(ciphertext, file, { primitives })).toEqual(plaintext)
  })

  test.each(providers)('in version 1 and 2, with %s', async (_, primitives) => {
    const ciphertext = await encrypt64(counter)
    for (const version of ['v1', 'v2']) {
      const file = describeFile({ ciphertext, counter, version })
      expect(await decryptAttachment(ciphertext, file, { primitives })).toEqual(plaintext)
      const open = (): ReadableStream<Uint8Array> => streamOf(ciphertext)
      expect(await readAll(await decryptAttachmentStream(open, file))).toEqual(plaintext)
      const part = { ciphertext: ciphertext.subarray(33, 700), offset: 33 }
      const range = { start: 37, end: 699, primitives }
      expect(await decryptUnverifiedRange(part, file, range)).toEqual(plaintext.subarray(37, 699))
    }
  })
})

test('the versions differ where the lower half overflows, and only there', async () => {
  const differing = Uint8Array.from(counters['overflows within'])
  expect(await encrypt64(differing)).not.toEqual(encrypt128(differing))
  const same = Uint8Array.from(counters['overflows nothing'])
  expect(await encrypt64(same)).toEqual(encrypt128(same))
})

test.each(['v0', 'v3', 'V2', '', '2', 'org.matrix.msc4016.v3'])(
  'version %j is refused',
  async (version) => {
    const counter = new Uint8Array(16)
    const file = describeFile({ ciphertext: plaintext, counter, version })
    expect((await rejected(decryptAttachment(plaintext, file))).code).toBe('unsupported_version')
  },
)
