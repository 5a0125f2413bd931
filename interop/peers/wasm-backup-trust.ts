/** The Rust crypto stack as to trust in a backup version: what it finds, and what it signs. */
import { type OlmMachine, SignatureState } from '@matrix-org/matrix-sdk-crypto-wasm'
import { canonicalJson } from '@roomkeys/crypto/canonical-json'
import { isJsonObject, type JsonObject, MEGOLM_BACKUP_V1 } from '@roomkeys/types'

/** A state of a signature, under the name that our reports give it. */
export type WasmSignatureState = 'missing' | 'invalid' | 'valid_not_trusted' | 'valid_trusted'

const NAMES: Readonly<Record<SignatureState, WasmSignatureState>> = {
  [SignatureState.Missing]: 'missing',
  [SignatureState.Invalid]: 'invalid',
  [SignatureState.ValidButNotTrusted]: 'valid_not_trusted',
  [SignatureState.ValidAndTrusted]: 'valid_trusted',
}

/** What a machine finds. */
export interface WasmBackupTrust {
  /** The signature by its own device. */
  readonly device: WasmSignatureState
  /** The signature by its user's master key. */
  readonly masterKey: WasmSignatureState
  /** Whether these or any other of the user's devices make it trusted. */
  readonly isTrusted: boolean
}

/** Has a machine verify a version. */
export async function wasmBackupTrust(
  machine: OlmMachine,
  authData: JsonObject,
): Promise<WasmBackupTrust> {
  const version = { algorithm: MEGOLM_BACKUP_V1, auth_data: authData }
  const found = await machine.verifyBackup(version)
  return {
    device: NAMES[found.deviceState],
    masterKey: NAMES[found.userState],
    isTrusted: found.trusted(),
  }
}

/** Has a machine sign `auth_data`, with its device and its master key; both signatures, by key id. */
export async function wasmSignatures(
  machine: OlmMachine,
  authData: JsonObject,
): Promise<Readonly<Record<string, unknown>>> {
  const covered = Object.entries(authData).filter(
    ([name]) => name !== 'signatures' && name !== 'unsigned',
  )
  const signatures = await machine.sign(canonicalJson(Object.fromEntries(covered)))
  const all: unknown = JSON.parse(signatures.asJSON())
  const ofUser = isJsonObject(all) ? all[machine.userId.toString()] : undefined
  if (!isJsonObject(ofUser)) throw new Error('The machine signed nothing')
  return ofUser
}
