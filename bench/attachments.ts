// Encrypting and decrypting attachments: ours, as a whole and as streams, by the platform and in plain
// TypeScript, beside the wasm and the platform's bare AES and SHA-256.
// `node bench/attachments.ts`
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm'
import {
  decryptAttachment,
  decryptAttachmentStream,
  decryptUnverifiedUntilEnd,
  encryptAttachment,
  encryptAttachmentStream,
  noblePrimitives,
  platformPrimitives,
  type Primitives,
} from '@roomkeys/attachments'
import { type Competitor, interleave } from './interleave.ts'
import { printRows, rowsOf } from './table.ts'

const LENGTH = 16 * 1024 * 1024
const CHUNK_LENGTH = 64 * 1024

const plaintext = new Uint8Array(LENGTH).map((_, position) => position * 7)
const { ciphertext, file } = await encryptAttachment(plaintext)

function source(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let from = 0
  return new ReadableStream(
    {
      pull: (controller) => {
        if (from === bytes.length) controller.close()
        else controller.enqueue(bytes.subarray(from, (from += CHUNK_LENGTH)))
      },
    },
    { highWaterMark: 0 },
  )
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  let length = 0
  for await (const chunk of stream) length += chunk.length
  if (length !== LENGTH) throw new Error(`${length} bytes came out`)
}

async function encryptStream(primitives: Primitives): Promise<void> {
  const { readable, finished } = encryptAttachmentStream(source(plaintext), { primitives })
  await drain(readable)
  await finished
}

async function decryptVerified(primitives: Primitives): Promise<void> {
  await drain(await decryptAttachmentStream(() => source(ciphertext), file, { primitives }))
}

async function decryptUnverified(primitives: Primitives): Promise<void> {
  await drain(decryptUnverifiedUntilEnd(source(ciphertext), file, { primitives }))
}

function competitor(name: string, task: () => Promise<unknown>): Competitor {
  const run = async (): Promise<void> => {
    await task()
  }
  return { name, run }
}

function ours(name: string, primitives: Primitives): readonly Competitor[] {
  const options = { primitives }
  return [
    competitor(`encryptAttachment, ${name}`, () => encryptAttachment(plaintext, options)),
    competitor(`encryptAttachmentStream, ${name}`, () => encryptStream(primitives)),
    competitor(`decryptAttachment, ${name}`, () => decryptAttachment(ciphertext, file, options)),
    competitor(`decryptAttachmentStream, ${name}`, () => decryptVerified(primitives)),
    competitor(`decryptUnverifiedUntilEnd, ${name}`, () => decryptUnverified(primitives)),
  ]
}

await wasm.initAsync()

function wasmEncrypt(): void {
  const attachment = wasm.Attachment.encrypt(plaintext)
  if (attachment.encryptedData.length !== LENGTH) throw new Error('The wasm lost something')
  attachment.free()
}

function wasmDecrypt(): void {
  const attachment = new wasm.EncryptedAttachment(ciphertext, JSON.stringify(file))
  if (wasm.Attachment.decrypt(attachment).length !== LENGTH) throw new Error('The wasm lost some')
  attachment.free()
}

const aesKey = await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-CTR', false, [
  'encrypt',
])

async function bareAes(): Promise<void> {
  const parameters = { name: 'AES-CTR', counter: new Uint8Array(16), length: 64 }
  await crypto.subtle.encrypt(parameters, aesKey, plaintext)
}

/** Every byte has to be encrypted and hashed: nothing can be faster than both one after the other. */
async function bareBoth(): Promise<void> {
  await bareAes()
  await crypto.subtle.digest('SHA-256', ciphertext)
}

const LIMIT = 'bare AES-CTR and SHA-256: the limit'

const timings = await interleave([
  { name: 'wasm, encrypt', run: wasmEncrypt },
  { name: 'wasm, decrypt', run: wasmDecrypt },
  ...ours('platform', platformPrimitives()),
  ...ours('noble', noblePrimitives),
  { name: 'bare AES-CTR of WebCrypto', run: bareAes },
  { name: LIMIT, run: bareBoth },
])

printRows(
  `attachments of ${LENGTH / 2 ** 20} MiB`,
  rowsOf(timings, { count: LENGTH / 1e6, unit: 'MB', of: LIMIT }),
)
