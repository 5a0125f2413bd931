/**
 * What a client needs around `/room_keys`: signing in and out, versions, account data, device keys.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#login
 */
import * as v from 'valibot'
import { inPlace, type JsonObject, jsonObjectSchema, mapOf, type WireSchema } from './json.ts'

/** Body of `POST /login` with a password. */
export interface PasswordLoginRequest extends JsonObject {
  readonly type: 'm.login.password'
  readonly identifier: { readonly type: 'm.id.user'; readonly user: string }
  readonly password: string
  readonly device_id?: string
  readonly initial_device_display_name?: string
}

/** Answer of `POST /login`. */
export interface LoginResponse extends JsonObject {
  readonly user_id: string
  readonly access_token: string
  readonly device_id: string
}

/** Answer of `GET /account/whoami`. */
export interface WhoAmIResponse extends JsonObject {
  readonly user_id: string
  readonly device_id?: string
  readonly is_guest?: boolean
}

/** Answer of `GET /_matrix/client/versions`. */
export interface VersionsResponse extends JsonObject {
  readonly versions: readonly string[]
  readonly unstable_features?: Readonly<Record<string, boolean>>
}

/** Answer of `POST /keys/query`; the signed objects in it are kept as they came. */
export interface KeysQueryResponse extends JsonObject {
  /** user id → device id → device keys */
  readonly device_keys?: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>
  readonly master_keys?: Readonly<Record<string, JsonObject>>
  readonly self_signing_keys?: Readonly<Record<string, JsonObject>>
  readonly user_signing_keys?: Readonly<Record<string, JsonObject>>
}

const string = v.string()

/** Parses {@link PasswordLoginRequest}. */
export const passwordLoginRequestSchema: WireSchema<PasswordLoginRequest> = inPlace(
  v.looseObject({
    type: v.literal('m.login.password'),
    identifier: inPlace(v.looseObject({ type: v.literal('m.id.user'), user: string })),
    password: string,
    device_id: v.exactOptional(string),
    initial_device_display_name: v.exactOptional(string),
  }),
)

/** Parses {@link LoginResponse}. */
export const loginResponseSchema: WireSchema<LoginResponse> = inPlace(
  v.looseObject({ user_id: string, access_token: string, device_id: string }),
)

/** Parses {@link WhoAmIResponse}. */
export const whoAmIResponseSchema: WireSchema<WhoAmIResponse> = inPlace(
  v.looseObject({
    user_id: string,
    device_id: v.exactOptional(string),
    is_guest: v.exactOptional(v.boolean()),
  }),
)

/** Parses {@link VersionsResponse}. */
export const versionsResponseSchema: WireSchema<VersionsResponse> = inPlace(
  v.looseObject({
    versions: v.array(string),
    unstable_features: v.exactOptional(mapOf(v.boolean())),
  }),
)

/** Parses {@link KeysQueryResponse}. */
export const keysQueryResponseSchema: WireSchema<KeysQueryResponse> = inPlace(
  v.looseObject({
    device_keys: v.exactOptional(mapOf(mapOf(jsonObjectSchema))),
    master_keys: v.exactOptional(mapOf(jsonObjectSchema)),
    self_signing_keys: v.exactOptional(mapOf(jsonObjectSchema)),
    user_signing_keys: v.exactOptional(mapOf(jsonObjectSchema)),
  }),
)
