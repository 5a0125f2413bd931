/** Test vectors that other implementations made, and bytes written as hexadecimal. */
import { readFileSync } from 'node:fs'
import type { Bytes } from '../src/bytes.ts'
import type { RawObject } from '../src/signed-json.ts'

/** The bytes of hexadecimal digits; white space between them is ignored. */
export function fromHex(text: string): Bytes {
  const digits = text.replace(/\s/g, '')
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new TypeError('not hexadecimal')
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

/** Bytes as hexadecimal digits; `null` stays. */
export function toHex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex')
}

/** A 32-byte key with its text form. */
export interface KeyPairOfForms {
  readonly key: string
  readonly text: string
}

/** A passphrase whose key is known. */
export interface PassphraseVector {
  readonly text: string
  readonly key: string
  readonly passphrase: { readonly salt: string; readonly iterations: number; readonly bits: number }
}

/** The account that the Rust implementation signed. */
export interface Account {
  readonly user_id: string
  readonly device_id: string
  readonly device_keys: RawObject & { readonly keys: Readonly<Record<string, string>> }
  readonly one_time_keys: Readonly<Record<string, RawObject>>
  readonly master_key: RawObject
  readonly self_signing_key: RawObject
  readonly user_signing_key: RawObject
  readonly cross_signing_private: Readonly<Record<string, string>>
  readonly backup: {
    readonly decryption_key: string
    readonly recovery_key: string
    readonly version: { readonly auth_data: RawObject & { readonly public_key: string } }
  }
}

interface LibolmBackup {
  readonly vectors: readonly {
    readonly decryption_key: string
    readonly recovery_key: string
    readonly public_key: string
  }[]
}

interface SecretStorage {
  readonly items: readonly { readonly key: string; readonly recovery_key: string }[]
  readonly passphrases: readonly PassphraseVector[]
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../vectors/${name}`, import.meta.url), 'utf8'))
}

// Files of this repository: their README gives the shapes, and a departure fails the test that reads it.
export const account = read('account-rust.json') as Account
export const libolmBackup = read('backup-v1-libolm.json') as LibolmBackup
export const secretStorage = read('secret-storage-js-sdk.json') as SecretStorage

/** Every pair of a key and its text form in the vectors. */
export const keyTexts: readonly KeyPairOfForms[] = [
  ...libolmBackup.vectors.map((v) => ({ key: v.decryption_key, text: v.recovery_key })),
  ...secretStorage.items.map((v) => ({ key: v.key, text: v.recovery_key })),
  { key: account.backup.decryption_key, text: account.backup.recovery_key },
]
