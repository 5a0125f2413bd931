/** Account data in memory, which can be made to fail. */
import type { JsonObject } from '@roomkeys/types'
import type { CallOptions, SecretAccountData } from '../src/account-data.ts'

/** What the port rejects with when it is made to. */
export class PortFailure extends Error {
  override readonly name = 'PortFailure'
}

/** Which call fails: its number from 0, and whether what it asked for is done all the same. */
export interface Fault {
  readonly call: number
  readonly effect: 'none' | 'done'
}

/** Contents, beside a record of the calls. */
export interface MemoryAccountData extends SecretAccountData {
  /** Contents by type, as JSON text. */
  readonly contents: Map<string, string>
  /** Calls so far, as `get type` or `set type`. */
  readonly calls: string[]
}

/** Account data that holds copies, as a server does. */
export function memoryAccountData(
  contents: ReadonlyMap<string, string> = new Map<string, string>(),
  fault: Fault | null = null,
): MemoryAccountData {
  const kept = new Map(contents)
  const calls: string[] = []
  function called(call: string, { signal }: CallOptions, effect: () => void): void {
    signal?.throwIfAborted()
    const fails = fault?.call === calls.length
    calls.push(call)
    if (!fails || fault.effect === 'done') effect()
    if (fails) throw new PortFailure(`No answer to ${call}`)
  }
  return {
    contents: kept,
    calls,
    async get(type, options) {
      await Promise.resolve()
      called(`get ${type}`, options, () => undefined)
      const text = kept.get(type)
      const content: unknown = text === undefined ? null : JSON.parse(text)
      return content
    },
    async set(type, content, options) {
      await Promise.resolve()
      called(`set ${type}`, options, () => kept.set(type, JSON.stringify(content)))
    },
  }
}

/** Account data with these contents. */
export function accountDataOf(contents: Readonly<Record<string, unknown>>): MemoryAccountData {
  const texts = Object.entries(contents).map(
    ([type, content]) => [type, JSON.stringify(content)] as const,
  )
  return memoryAccountData(new Map(texts))
}

/** The content of a type; `null` when there is none. */
export function contentOf(accountData: MemoryAccountData, type: string): JsonObject | null {
  const text = accountData.contents.get(type)
  // Only objects are ever set.
  return text === undefined ? null : (JSON.parse(text) as JsonObject)
}
