/** Users with devices, keys that are really signed, and what `/sync` says. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { signJson } from '@roomkeys/crypto/signed-json'
import { issueToken } from '../src/account/tokens.ts'
import { type Answer, askAs, type Fetch, type Json, type TestServer } from './helpers.ts'

export type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>

/** Closes a server, which must not have failed inside. */
export async function closeUnharmed(host: TestServer): Promise<void> {
  await host.close()
  if (host.errors.length > 0) throw new Error('The server failed', { cause: host.errors[0] })
}

/** An object without some of its members. */
export function without(object: Json, ...names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))
}

let users = 0

export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length))
}

/** A user id that nobody has yet. */
export async function newUserId({ store }: TestServer): Promise<string> {
  const userId = `@person${++users}:localhost`
  await store.query('INSERT INTO users (user_id, password_hash) VALUES ($1, $2)', [userId, '-'])
  return userId
}

export interface TestDevice {
  readonly userId: string
  readonly deviceId: string
  readonly token: string
  readonly ask: Ask
}

/** Signs a user in on a device. */
export async function newDevice(
  host: TestServer,
  userId: string,
  { deviceId = 'PHONE', fetch = host.server.fetch }: { deviceId?: string; fetch?: Fetch } = {},
): Promise<TestDevice> {
  const token = await issueToken(host.store, { userId, deviceId }, randomBytes)
  return { userId, deviceId, token, ask: askAs(token, fetch) }
}

/** A new user on one device. */
export async function newPerson(host: TestServer): Promise<TestDevice> {
  return newDevice(host, await newUserId(host))
}

/** An Ed25519 key pair from one byte. */
export interface KeyPair {
  readonly seed: Uint8Array
  readonly publicKey: string
}

export function keyPair(byte: number): KeyPair {
  const seed = new Uint8Array(32).fill(byte)
  return { seed, publicKey: encodeBase64(ed25519PublicKey(seed)) }
}

/** Device keys, signed by themselves. */
export function deviceKeys({ userId, deviceId }: TestDevice, { seed, publicKey }: KeyPair): Json {
  const keyId = `ed25519:${deviceId}`
  const keys = {
    user_id: userId,
    device_id: deviceId,
    algorithms: ['m.megolm.v1.aes-sha2'],
    keys: { [keyId]: publicKey, [`curve25519:${deviceId}`]: publicKey },
    'org.example.unknown': { kept: [1, 'é', null] },
  }
  return signJson(keys, { userId, keyId }, seed)
}

/** Cross-signing keys of a user from three bytes, signed by their master key. */
export function crossSigningKeys(
  userId: string,
  [master, selfSigning, userSigning]: readonly [KeyPair, KeyPair, KeyPair],
): Readonly<Record<'master_key' | 'self_signing_key' | 'user_signing_key', Json>> {
  const key = (usage: string, { publicKey }: KeyPair): Json => ({
    user_id: userId,
    usage: [usage],
    keys: { [`ed25519:${publicKey}`]: publicKey },
  })
  const signer = { userId, keyId: `ed25519:${master.publicKey}` }
  return {
    master_key: key('master', master),
    self_signing_key: signJson(key('self_signing', selfSigning), signer, master.seed),
    user_signing_key: signJson(key('user_signing', userSigning), signer, master.seed),
  }
}

/** The signature of a key on an object, as `/keys/signatures/upload` takes it: nothing but that one. */
export function signedBy(
  object: Json,
  signer: { readonly userId: string; readonly keyId: string },
  { seed }: KeyPair,
): Json {
  return signJson(without(object, 'signatures', 'unsigned'), signer, seed)
}

/** What a test looks at in an answer of `/sync`. */
export interface SyncAnswer {
  readonly next_batch: string
  readonly account_data: { readonly events: readonly Json[] }
  readonly to_device: { readonly events: readonly Json[] }
  readonly device_lists: { readonly changed: readonly string[]; readonly left: readonly string[] }
  readonly device_one_time_keys_count: Readonly<Record<string, number>>
  readonly device_unused_fallback_key_types: readonly string[]
}

export async function sync(
  { ask }: Pick<TestDevice, 'ask'>,
  query: Readonly<Record<string, string | number>> = {},
): Promise<SyncAnswer> {
  const parameters = Object.entries(query).map(([name, value]) => [name, String(value)])
  const answer = await ask('GET', `/sync?${new URLSearchParams(parameters).toString()}`)
  if (answer.status !== 200) throw new Error(`/sync answered ${answer.status}: ${answer.text}`)
  // The server under test wrote it; what is missing shows in the comparison.
  return JSON.parse(answer.text) as SyncAnswer
}

/** One-time keys `AAA1` … with contents that tell them apart. */
export function oneTimeKeys(
  count: number,
  {
    algorithm = 'signed_curve25519',
    prefix = 'AAA',
  }: { readonly algorithm?: string; readonly prefix?: string } = {},
): Json {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `${algorithm}:${prefix}${i}`,
      { key: `${prefix}${i}`, signatures: {} },
    ]),
  )
}
