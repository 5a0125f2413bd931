/** The account that the Rust crypto stack made: published keys, and the seeds behind them. */
import {
  type JsonObject,
  jsonObjectSchema,
  type KeysQueryResponse,
  keysQueryResponseSchema,
  parseWire,
  type WireSchema,
} from '@roomkeys/types'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import type { CallerTrust } from '../src/report.ts'

/** The parts of the file that are read here. */
export interface Account {
  readonly user_id: string
  readonly device_id: string
  readonly device_keys: JsonObject
  readonly master_key: JsonObject
  readonly self_signing_key: JsonObject
  readonly user_signing_key: JsonObject
  /** Seeds, unpadded base64. */
  readonly cross_signing_private: {
    readonly master: string
    readonly self_signing: string
    readonly user_signing: string
  }
  readonly backup: { readonly version: { readonly auth_data: JsonObject } }
}

const schema: WireSchema<Account> = v.object({
  user_id: v.string(),
  device_id: v.string(),
  device_keys: jsonObjectSchema,
  master_key: jsonObjectSchema,
  self_signing_key: jsonObjectSchema,
  user_signing_key: jsonObjectSchema,
  cross_signing_private: v.object({
    master: v.string(),
    self_signing: v.string(),
    user_signing: v.string(),
  }),
  backup: v.object({ version: v.looseObject({ auth_data: jsonObjectSchema }) }),
})

const file = new URL('../../../vectors/account-rust.json', import.meta.url)

/** What the file holds. */
export const account: Account = parseWire(
  schema,
  JSON.parse(readFileSync(file, 'utf8')),
  'account-rust.json',
)

/** The user and the device of the file. */
export const USER: string = account.user_id
export const DEVICE: string = account.device_id

/** Public keys of the file. */
export const MASTER = 'PMnObPbldZpMk6XaCR3IYL/hAOTGUgo+NH1MmgAmd/g'
export const DEVICE_KEY = 'SlonRfqp+z78IvlwVmOeD4Ec5akxt/kVNEpAWvI8czg'

/** The raw objects of an answer about one user with one device. */
export interface Published {
  readonly device: JsonObject
  readonly master: JsonObject
  readonly selfSigning: JsonObject
  readonly userSigning: JsonObject
}

/** Those of the file. */
export const published: Published = {
  device: account.device_keys,
  master: account.master_key,
  selfSigning: account.self_signing_key,
  userSigning: account.user_signing_key,
}

/** The answer of `/keys/query`, as it comes over the wire. */
export function answerOf(
  { device, master, selfSigning, userSigning }: Partial<Published>,
  userId: string = USER,
): KeysQueryResponse {
  const map = (object: JsonObject | undefined): object => (object ? { [userId]: object } : {})
  const answer = {
    device_keys: { [userId]: device ? { [DEVICE]: device } : {} },
    master_keys: map(master),
    self_signing_keys: map(selfSigning),
    user_signing_keys: map(userSigning),
  }
  return parseWire(keysQueryResponseSchema, JSON.parse(JSON.stringify(answer)), 'keys')
}

/** The device of the file asks, and knows its own key and the master key. */
export const caller: CallerTrust = {
  userId: USER,
  device: { deviceId: DEVICE, publicKey: DEVICE_KEY },
  masterKeys: new Map([[USER, MASTER]]),
}
