/**
 * What a client needs around `/room_keys`: signing in and out, versions, account data, device keys.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#login
 */
import {
  inPlace,
  type JsonObject,
  jsonObjectSchema,
  type KeysQueryResponse,
  keysQueryResponseSchema,
  type LoginResponse,
  loginResponseSchema,
  type PasswordLoginRequest,
  type VersionsResponse,
  versionsResponseSchema,
  type WhoAmIResponse,
  whoAmIResponseSchema,
  type WireSchema,
} from '@roomkeys/types'
import * as v from 'valibot'
import { callEndpoint, type CallOptions } from './call.ts'
import type { Homeserver } from './homeserver.ts'
import { nullIfNotFound } from './not-found.ts'

const LOGIN = '/_matrix/client/v3/login'
const ACCOUNT_DATA = '/_matrix/client/v3/user/{userId}/account_data/{type}'

/** Answer of `GET /login`. */
export interface LoginFlowsResponse extends JsonObject {
  readonly flows: readonly (JsonObject & { readonly type: string })[]
}

/** Parses {@link LoginFlowsResponse}. */
const loginFlowsResponseSchema: WireSchema<LoginFlowsResponse> = inPlace(
  v.looseObject({ flows: v.array(v.looseObject({ type: v.string() })) }),
)

/** Who signs in. */
export interface PasswordLoginArgs {
  /** A user id, e.g. `@alice:example.org`, or its local part. */
  readonly user: string
  readonly password: string
  /** Signs in as a device that exists already. */
  readonly deviceId?: string
  readonly initialDeviceDisplayName?: string
}

/** Names a type of a user's account data. */
export interface AccountDataArgs {
  readonly userId: string
  /** E.g. `m.secret_storage.default_key`. */
  readonly type: string
}

/** Body of `POST /keys/query`. */
export interface KeysQueryRequest extends JsonObject {
  /** User id → device ids; an empty list asks for all devices. */
  readonly device_keys: Readonly<Record<string, readonly string[]>>
}

function passwordLoginRequest(args: PasswordLoginArgs): PasswordLoginRequest {
  return {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: args.user },
    password: args.password,
    ...(args.deviceId === undefined ? {} : { device_id: args.deviceId }),
    ...(args.initialDeviceDisplayName === undefined
      ? {}
      : { initial_device_display_name: args.initialDeviceDisplayName }),
  }
}

/**
 * Reads the ways to sign in that the server offers. Sent without the access token.
 *
 * @throws TransportError
 */
export async function getLoginFlows(
  homeserver: Homeserver,
  options: CallOptions = {},
): Promise<LoginFlowsResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'GET', template: LOGIN },
    schema: loginFlowsResponseSchema,
    auth: 'none',
  })
}

/**
 * Signs in with a password. Sent once, and without the access token.
 *
 * @throws TransportError - `forbidden` when user or password are wrong
 */
export async function loginWithPassword(
  homeserver: Homeserver,
  args: PasswordLoginArgs,
  options: CallOptions = {},
): Promise<LoginResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'POST', template: LOGIN },
    body: passwordLoginRequest(args),
    schema: loginResponseSchema,
    auth: 'none',
    secrets: [args.password],
  })
}

/**
 * Signs out: the access token and the device are gone.
 *
 * @throws TransportError
 */
export async function logout(homeserver: Homeserver, options: CallOptions = {}): Promise<void> {
  await callEndpoint(homeserver, {
    ...options,
    route: { method: 'POST', template: '/_matrix/client/v3/logout' },
    body: {},
    schema: jsonObjectSchema,
  })
}

/**
 * Reads whose access token it is.
 *
 * @throws TransportError
 */
export async function whoAmI(
  homeserver: Homeserver,
  options: CallOptions = {},
): Promise<WhoAmIResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'GET', template: '/_matrix/client/v3/account/whoami' },
    schema: whoAmIResponseSchema,
  })
}

/**
 * Reads the versions of the specification that the server speaks.
 *
 * @throws TransportError - `not_json` or `not_found` tell that there is no homeserver at `baseUrl`
 */
export async function getVersions(
  homeserver: Homeserver,
  options: CallOptions = {},
): Promise<VersionsResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'GET', template: '/_matrix/client/versions' },
    schema: versionsResponseSchema,
  })
}

/**
 * Reads account data, or `null` when there is none of the type.
 *
 * @throws TransportError
 */
export async function getAccountData(
  homeserver: Homeserver,
  args: AccountDataArgs,
  options: CallOptions = {},
): Promise<JsonObject | null> {
  return nullIfNotFound(
    callEndpoint(homeserver, {
      ...options,
      route: { method: 'GET', template: ACCOUNT_DATA },
      ids: { userId: args.userId, type: args.type },
      schema: jsonObjectSchema,
    }),
  )
}

/**
 * Replaces account data.
 *
 * @throws TransportError
 */
export async function putAccountData(
  homeserver: Homeserver,
  args: AccountDataArgs & { readonly body: JsonObject },
  options: CallOptions = {},
): Promise<void> {
  await callEndpoint(homeserver, {
    ...options,
    route: { method: 'PUT', template: ACCOUNT_DATA },
    ids: { userId: args.userId, type: args.type },
    body: args.body,
    schema: jsonObjectSchema,
  })
}

/**
 * Reads device keys and cross-signing keys of users.
 *
 * Though it only reads, it is sent once, as every POST is: `retryable` says whether to call again.
 *
 * @throws TransportError
 */
export async function queryKeys(
  homeserver: Homeserver,
  args: { readonly body: KeysQueryRequest },
  options: CallOptions = {},
): Promise<KeysQueryResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'POST', template: '/_matrix/client/v3/keys/query' },
    body: args.body,
    schema: keysQueryResponseSchema,
    size: 'keys',
  })
}
