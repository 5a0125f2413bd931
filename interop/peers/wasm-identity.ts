/** The Rust crypto stack as to identities: what it publishes, and what it believes of others. */
import { DeviceId, type OlmMachine, RequestType, UserId } from '@matrix-org/matrix-sdk-crypto-wasm'
import { isJsonObject, type JsonObject, type KeysQueryResponse } from '@roomkeys/types'

/** What a machine made at its start, with the private seeds. */
export interface WasmIdentity {
  readonly device: JsonObject
  readonly master: JsonObject
  readonly selfSigning: JsonObject
  readonly userSigning: JsonObject
  readonly seeds: {
    readonly master: string
    readonly selfSigning: string
    readonly userSigning: string
  }
}

function objectIn(object: unknown, ...path: readonly string[]): JsonObject {
  const found = path.reduce<unknown>((at, key) => (isJsonObject(at) ? at[key] : undefined), object)
  if (!isJsonObject(found)) throw new Error(`The machine gave no ${path.join(' ')}`)
  return found
}

async function deviceUpload(machine: OlmMachine): Promise<JsonObject> {
  const requests: readonly { readonly type: RequestType; readonly body: string }[] =
    await machine.outgoingRequests()
  const upload = requests.find(({ type }) => type === RequestType.KeysUpload)
  return objectIn(JSON.parse(upload?.body ?? '{}'), 'device_keys')
}

/** Makes the cross-signing keys of a machine; its device comes cross-signed. */
export async function wasmIdentity(machine: OlmMachine): Promise<WasmIdentity> {
  const unsigned = await deviceUpload(machine)
  const { uploadSigningKeysRequest, uploadSignaturesRequest } =
    await machine.bootstrapCrossSigning(true)
  const keys: unknown = JSON.parse(uploadSigningKeysRequest.body)
  const signed: unknown = JSON.parse(uploadSignaturesRequest.body)
  const user = machine.userId.toString()
  const device = objectIn(signed, user, machine.deviceId.toString())
  const seeds = await machine.exportCrossSigningKeys()
  const { masterKey, self_signing_key: selfSigning, userSigningKey } = seeds ?? {}
  if (masterKey === undefined || selfSigning === undefined || userSigningKey === undefined)
    throw new Error('The machine made no cross-signing keys')
  const signatures = {
    [user]: {
      ...objectIn(unsigned, 'signatures', user),
      ...objectIn(device, 'signatures', user),
    },
  }
  return {
    device: { ...unsigned, signatures },
    master: objectIn(keys, 'master_key'),
    selfSigning: objectIn(keys, 'self_signing_key'),
    userSigning: objectIn(keys, 'user_signing_key'),
    seeds: { master: masterKey, selfSigning, userSigning: userSigningKey },
  }
}

/** Gives a machine the answer of `/keys/query` about some users. */
export async function wasmReceiveKeys(
  machine: OlmMachine,
  answer: KeysQueryResponse,
  users: readonly string[],
): Promise<void> {
  // Tracked users would be waited for, so none is tracked: the machine takes an answer that it asked for.
  const { id } = machine.queryKeysForUsers(users.map((user) => new UserId(user)))
  await machine.markRequestAsSent(id, RequestType.KeysQuery, JSON.stringify(answer))
}

/** What a machine believes of a device. */
export interface WasmDeviceState {
  readonly isKnown: boolean
  readonly isCrossSigned: boolean
  readonly isTrusted: boolean
}

/** What a machine believes of a device. */
export async function wasmDeviceState(
  machine: OlmMachine,
  user: string,
  device: string,
): Promise<WasmDeviceState> {
  const found = await machine.getDevice(new UserId(user), new DeviceId(device))
  return {
    isKnown: found !== undefined,
    isCrossSigned: found?.isCrossSignedByOwner() ?? false,
    isTrusted: found?.isCrossSigningTrusted() ?? false,
  }
}

/** Whether a machine takes a user's identity for verified. */
export async function wasmIsVerified(machine: OlmMachine, user: string): Promise<boolean> {
  const identity = await machine.getIdentity(new UserId(user))
  return identity?.isVerified() ?? false
}

/** The signature that a machine puts on another user's master key, as an upload body. */
export async function wasmVerifyUser(machine: OlmMachine, user: string): Promise<JsonObject> {
  const identity = await machine.getIdentity(new UserId(user))
  if (identity === undefined) throw new Error('The machine does not know the user')
  const { body } = await identity.verify()
  return objectIn(JSON.parse(body), user)
}
