import {
  decryptionKeyFromBytes,
  encryptionKeyFor,
  parsePlaintext,
  serialisePlaintext,
} from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { fromUtf8, utf8 } from '@roomkeys/crypto/bytes'
import { sharedSecret, x25519PublicKey } from '@roomkeys/crypto/x25519'
import type { SessionDataV1 } from '@roomkeys/types'
import { parseWire, sessionDataV1Schema } from '@roomkeys/types'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { bytesOf, sessionRecord } from './arbitraries.ts'
import { initOlm, olmPkDecrypt, olmPkEncrypt, olmPublicKey } from './peers/olm.ts'
import {
  initWasm,
  wasmBackupDecrypt,
  wasmPkDecrypt,
  wasmPkEncrypt,
  wasmPublicKey,
} from './peers/wasm.ts'
import { seeded } from './seed.ts'

beforeAll(async () => {
  await initOlm()
  await initWasm()
})

interface Peer {
  readonly name: string
  readonly publicKey: (privateKey: Uint8Array) => string
  readonly decrypt: (privateKey: Uint8Array, data: SessionDataV1) => Uint8Array
  readonly encrypt: (publicKey: string, plaintext: Uint8Array) => SessionDataV1
}

const PEERS: readonly Peer[] = [
  {
    name: 'libolm',
    publicKey: olmPublicKey,
    decrypt: (privateKey, data) => utf8(olmPkDecrypt(privateKey, data)),
    encrypt: (publicKey, plaintext) =>
      olmPkEncrypt(publicKey, fromUtf8(Uint8Array.from(plaintext))),
  },
  {
    name: 'the Rust PkDecryption and PkEncryption',
    publicKey: wasmPublicKey,
    decrypt: wasmPkDecrypt,
    encrypt: wasmPkEncrypt,
  },
  {
    name: 'the Rust BackupDecryptionKey',
    publicKey: wasmPublicKey,
    decrypt: (privateKey, data) => utf8(wasmBackupDecrypt(privateKey, data)),
    encrypt: wasmPkEncrypt,
  },
]

const key32 = bytesOf(32)

function encryptOurs(
  session: Parameters<typeof serialisePlaintext>[0],
  publicKey: string,
  ephemeral: Uint8Array<ArrayBuffer>,
): SessionDataV1 {
  const key = encryptionKeyFor({ public_key: publicKey }, null)
  const data = megolmBackupV1.encrypt(session, {
    ephemeral: x25519PublicKey(ephemeral),
    sharedSecret: sharedSecret(ephemeral, key.publicKey),
    macKey: null,
  })
  return parseWire(sessionDataV1Schema, data, 'session_data')
}

describe.each(PEERS)('v1 against $name', (peer) => {
  test('the public key of a decryption key is the same', () => {
    fc.assert(
      fc.property(key32, (privateKey) => {
        expect(decryptionKeyFromBytes(privateKey).publicKey).toBe(peer.publicKey(privateKey))
      }),
      seeded,
    )
  })

  test('what we encrypt, the peer decrypts to the same bytes', () => {
    fc.assert(
      fc.property(sessionRecord, key32, key32, (session, privateKey, ephemeral) => {
        const { publicKey } = decryptionKeyFromBytes(privateKey)
        const data = encryptOurs(session, publicKey, ephemeral)
        const plaintext = peer.decrypt(privateKey, data)
        expect(plaintext).toEqual(serialisePlaintext(session))
        expect(fromUtf8(Uint8Array.from(plaintext))).toBe(JSON.stringify(session))
      }),
      seeded,
    )
  })

  test('what the peer encrypts, we decrypt to the same bytes and the same session', () => {
    fc.assert(
      fc.property(sessionRecord, key32, (session, privateKey) => {
        const plaintext = serialisePlaintext(session)
        const data = peer.encrypt(peer.publicKey(privateKey), plaintext)
        const encrypted = megolmBackupV1.parseSessionData(data)
        const secret = sharedSecret(privateKey, encrypted.ephemeral)
        if (secret === null) throw new Error('The peer used an ephemeral key of low order')
        const opened = megolmBackupV1.decrypt(encrypted, {
          sharedSecret: secret,
          macPolicy: 'libolm',
        })
        expect(opened).toEqual({ plaintext, mac: 'libolm' })
        const parsed = parsePlaintext(opened.plaintext).session
        expect(JSON.stringify(parsed)).toBe(JSON.stringify(session))
      }),
      seeded,
    )
  })
})

test('the peers refuse an entry of another key, as we do', () => {
  const [session] = fc.sample(sessionRecord, { ...seeded, numRuns: 1 })
  if (session === undefined) throw new Error('fast-check drew no session')
  const { publicKey } = decryptionKeyFromBytes(new Uint8Array(32).fill(1))
  const other = new Uint8Array(32).fill(2)
  const data = encryptOurs(session, publicKey, new Uint8Array(32).fill(3))
  for (const peer of PEERS) expect(() => peer.decrypt(other, data), peer.name).toThrow()
  const encrypted = megolmBackupV1.parseSessionData(data)
  const secret = sharedSecret(other, encrypted.ephemeral) ?? new Uint8Array(32)
  expect(() =>
    megolmBackupV1.decrypt(encrypted, { sharedSecret: secret, macPolicy: 'libolm' }),
  ).toThrow(expect.objectContaining({ code: 'mac_mismatch' }))
})
