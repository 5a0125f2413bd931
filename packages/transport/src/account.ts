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
import { type CallOptions, type Endpoint, endpoint } from './call.ts'
import { doneSchema } from './done.ts'
import { connection, type Homeserver, redactor } from './homeserver.ts'
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

/** The same homeserver, asked without the access token; keeps a password out of messages. */
function withoutToken(homeserver: Homeserver, password = ''): Homeserver {
  const { http, redact, ...rest } = homeserver[connection]
  const redactPassword = redactor(password)
  return {
    ...homeserver,
    [connection]: {
      ...rest,
      http: http.extend({ headers: { authorization: undefined } }),
      redact: (text) => redactPassword(redact(text)),
    },
  }
}

const readLoginFlows = endpoint(`GET ${LOGIN}`, loginFlowsResponseSchema)

/**
 * Reads the ways to sign in that the server offers. Sent without the access token.
 *
 * @throws TransportError
 */
export async function getLoginFlows(
  homeserver: Homeserver,
  options: CallOptions = {},
): Promise<LoginFlowsResponse> {
  return readLoginFlows(withoutToken(homeserver), {}, options)
}

const postLogin = endpoint(`POST ${LOGIN}`, loginResponseSchema)

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
  const body = passwordLoginRequest(args)
  return postLogin(withoutToken(homeserver, args.password), { body }, options)
}

const postLogout = endpoint('POST /_matrix/client/v3/logout', doneSchema)

/**
 * Signs out: the access token and the device are gone.
 *
 * @throws TransportError
 */
export async function logout(homeserver: Homeserver, options: CallOptions = {}): Promise<void> {
  return postLogout(homeserver, { body: {} }, options)
}

const readOwner = endpoint('GET /_matrix/client/v3/account/whoami', whoAmIResponseSchema)

/**
 * Reads whose access token it is.
 *
 * @throws TransportError
 */
export async function whoAmI(
  homeserver: Homeserver,
  options: CallOptions = {},
): Promise<WhoAmIResponse> {
  return readOwner(homeserver, {}, options)
}

const readVersions = endpoint('GET /_matrix/client/versions', versionsResponseSchema)

/**
 * Reads the versions of the specification that the server speaks.
 *
 * @throws TransportError - `not_json` or `not_found` tell that there is no homeserver at `baseUrl`
 */
export async function getVersions(
  homeserver: Homeserver,
  options: CallOptions = {},
): Promise<VersionsResponse> {
  return readVersions(homeserver, {}, options)
}

const readAccountData = endpoint(`GET ${ACCOUNT_DATA}`, jsonObjectSchema)

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
  return nullIfNotFound(readAccountData(homeserver, args, options))
}

/**
 * Replaces account data.
 *
 * @throws TransportError
 */
export const putAccountData: Endpoint<AccountDataArgs & { readonly body: JsonObject }, void> =
  endpoint(`PUT ${ACCOUNT_DATA}`, doneSchema)

/**
 * Reads device keys and cross-signing keys of users.
 *
 * Though it only reads, it is sent once, as every POST is: `retryable` says whether to call again.
 *
 * @throws TransportError
 */
export const queryKeys: Endpoint<{ readonly body: KeysQueryRequest }, KeysQueryResponse> = endpoint(
  'POST /_matrix/client/v3/keys/query',
  keysQueryResponseSchema,
  'keys',
)
