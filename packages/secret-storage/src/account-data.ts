/**
 * The account data that secret storage lives in, as a port: any client satisfies it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#client-config
 */
import { isJsonObject, type JsonObject, parseWire, WireShapeError } from '@roomkeys/types'
import type { WireSchema } from '@roomkeys/types'
import { SecretStorageError } from './errors.ts'

/** How a call is stopped. */
export interface CallOptions {
  readonly signal?: AbortSignal
}

/** Global account data of one user. What it rejects with reaches the caller as it is. */
export interface SecretAccountData {
  /** The content of a type as the server has it now, or `null` when there is none. */
  get(type: string, options: CallOptions): Promise<unknown>
  /** Replaces the content of a type; resolves once the server has it. */
  set(type: string, content: JsonObject, options: CallOptions): Promise<void>
}

/** The signal alone, whatever other options stand beside it. */
function portOptions({ signal }: CallOptions): CallOptions {
  return signal === undefined ? {} : { signal }
}

/**
 * Reads account data.
 *
 * @returns `null` when there is none; `{}` counts as none, because that is how account data is cleared
 * @throws SecretStorageError `malformed_account_data` when it is no object
 */
export async function readContent(
  accountData: SecretAccountData,
  type: string,
  options: CallOptions,
): Promise<JsonObject | null> {
  options.signal?.throwIfAborted()
  const content = (await accountData.get(type, portOptions(options))) ?? null
  options.signal?.throwIfAborted()
  if (content === null) return null
  if (!isJsonObject(content))
    throw new SecretStorageError('malformed_account_data', 'Account data is no object')
  return Object.keys(content).length === 0 ? null : content
}

/** Writes account data. */
export async function writeContent(
  accountData: SecretAccountData,
  { type, content }: { readonly type: string; readonly content: JsonObject },
  options: CallOptions,
): Promise<void> {
  options.signal?.throwIfAborted()
  await accountData.set(type, content, portOptions(options))
  options.signal?.throwIfAborted()
}

/**
 * Parses what account data holds.
 *
 * @throws SecretStorageError `malformed_account_data`
 */
export function parseContent<T>(schema: WireSchema<T>, content: unknown, what: string): T {
  try {
    return parseWire(schema, content, what)
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw new SecretStorageError('malformed_account_data', cause.message, { cause })
  }
}
