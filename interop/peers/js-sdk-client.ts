/**
 * Whole clients of matrix-js-sdk with its Rust crypto, over HTTP.
 *
 * Its published modules import a folder, which Node refuses; a hook resolves that as bundlers do. Before
 * an upload the SDK waits for a random time of up to 10 s, and here for none.
 */
import { registerHooks } from 'node:module'
import type { CryptoApi } from 'matrix-js-sdk/lib/crypto-api/index.js'
import type { Logger } from 'matrix-js-sdk/lib/logger.js'
import type * as SdkModule from 'matrix-js-sdk'

/** Where a client signs in, and as whom. */
export interface Account {
  readonly baseUrl: string
  readonly userId: string
  readonly password: string
}

/** A signed-in client that syncs. */
export interface JsSdkDevice {
  readonly account: Account
  readonly deviceId: string
  readonly accessToken: string
  readonly client: SdkModule.MatrixClient
  readonly crypto: CryptoApi
  /** Ends syncing and lets go of everything. */
  readonly stop: () => void
}

/** Secret-storage keys that the person in front of the client has typed, by key id. */
export type KnownStorageKeys = Map<string, Uint8Array<ArrayBuffer>>

const nothing = (): void => undefined

const silent: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  getChild: () => silent,
}

function isFolderImport(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_UNSUPPORTED_DIR_IMPORT'
}

type Sdk = typeof SdkModule

let loaded: Promise<Sdk> | null = null

async function importSdk(): Promise<Sdk> {
  registerHooks({
    resolve: (specifier, context, next) => {
      try {
        return next(specifier, context)
      } catch (error) {
        if (isFolderImport(error)) return next(`${specifier}/index.js`, context)
        throw error
      }
    },
  })
  return import('matrix-js-sdk')
}

function loadSdk(): Promise<Sdk> {
  loaded ??= importSdk()
  return loaded
}

/** Resolves once the first sync is done; rejects when syncing fails for good. */
function firstSync({ ClientEvent, SyncState }: Sdk, client: SdkModule.MatrixClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.on(ClientEvent.Sync, (state, _, data) => {
      if (state === SyncState.Prepared) resolve()
      if (state === SyncState.Error)
        reject(new Error('matrix-js-sdk cannot sync', { cause: data?.error }))
    })
  })
}

async function signIn(
  sdk: Sdk,
  { baseUrl, userId, password }: Account,
): Promise<{
  readonly accessToken: string
  readonly deviceId: string
}> {
  const answer = await sdk.createClient({ baseUrl, logger: silent }).loginRequest({
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: userId },
    password,
  })
  return { accessToken: answer.access_token, deviceId: answer.device_id }
}

function createClient(
  sdk: Sdk,
  {
    account,
    keys,
    accessToken,
    deviceId,
  }: {
    readonly account: Account
    readonly keys: KnownStorageKeys
    readonly accessToken: string
    readonly deviceId: string
  },
): SdkModule.MatrixClient {
  const { baseUrl, userId } = account
  return sdk.createClient({
    ...{ baseUrl, userId, accessToken, deviceId },
    logger: silent,
    disableVoip: true,
    cryptoCallbacks: {
      getSecretStorageKey: ({ keys: asked }) => {
        const id = Object.keys(asked).find((candidate) => keys.has(candidate))
        const key = id === undefined ? undefined : keys.get(id)
        return Promise.resolve(id === undefined || key === undefined ? null : [id, key])
      },
      cacheSecretStorageKey: (id, _, key) => {
        keys.set(id, key)
      },
    },
  })
}

/** Signs in on a new device, starts its crypto, and waits for its first sync. */
export async function openJsSdkDevice(
  account: Account,
  keys: KnownStorageKeys,
): Promise<JsSdkDevice> {
  const sdk = await loadSdk()
  const session = await signIn(sdk, account)
  const client = createClient(sdk, { account, keys, ...session })
  await client.initRustCrypto({ useIndexedDB: false })
  const crypto = client.getCrypto()
  if (crypto === undefined) throw new Error('matrix-js-sdk has no crypto')
  const synced = firstSync(sdk, client)
  await client.startClient({ pollTimeout: 10_000 })
  await synced
  return {
    ...{ account, client, crypto, ...session },
    stop: () => {
      client.stopClient()
    },
  }
}
