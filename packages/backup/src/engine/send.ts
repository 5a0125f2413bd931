/** One request with keys. */
import { isJsonObject, type JsonObject } from '@roomkeys/types'
import type { Operation } from './effects.ts'
import type { Outcome } from './events.ts'
import type { EnginePorts } from './ports.ts'
import type { SealedKey } from './upload.ts'

type Sending = Extract<Operation, { readonly type: 'upload' }>

/** Every ciphertext is of its own: what has the same strings is the same. */
function hasStringsOf(sent: JsonObject, held: JsonObject): boolean {
  return Object.entries(sent).every(
    ([name, value]) =>
      typeof value !== 'string' || (Object.hasOwn(held, name) && held[name] === value),
  )
}

/** Whether the server keeps what was sent. */
async function isKept(
  { api }: EnginePorts,
  { key, version }: { readonly key: SealedKey; readonly version: Sending['version'] },
  signal: AbortSignal,
): Promise<boolean> {
  const held = await api.readKey(version, key, { signal })
  const sessionData = isJsonObject(held) ? held['session_data'] : undefined
  return isJsonObject(sessionData) && hasStringsOf(key.data.session_data, sessionData)
}

/** Uploads keys; those that the server may have dropped silently are read back. */
export async function upload(
  ports: EnginePorts,
  { version, keys }: Sending,
  signal: AbortSignal,
): Promise<Outcome> {
  const began = ports.clock.now()
  const entries = keys.map(({ roomId, sessionId, data }) => ({ roomId, sessionId, data }))
  const answer = await ports.api.uploadKeys(version, entries, { signal })
  const latencyMs = ports.clock.now() - began
  const shadowed: SealedKey[] = []
  for (const key of keys)
    if (key.afterwards === 'read_back' && !(await isKept(ports, { key, version }, signal)))
      shadowed.push(key)
  return { type: 'uploaded', answer, latencyMs, shadowed }
}
