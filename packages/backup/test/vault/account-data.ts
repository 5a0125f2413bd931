/** Account data as a server holds it, for several devices, with faults that a test chooses. */
import type { SecretAccountData } from '@roomkeys/secret-storage'

/** What a call finds when it arrives: nothing, a failure, or another device at work before it. */
export type Fault = (call: string, position: number) => void | Promise<void>

/** The account, and the calls that it got. */
export interface SimulatedAccount extends SecretAccountData {
  /** Contents by type, as JSON text. */
  readonly contents: Map<string, string>
  readonly calls: readonly string[]
}

/** No answer: what was asked may be done or not. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** Makes an account. `fault` runs before a call has its effect, `after` when it has had it. */
export function createAccount(
  fault: Fault = () => undefined,
  after: Fault = () => undefined,
): SimulatedAccount {
  const contents = new Map<string, string>()
  const calls: string[] = []
  async function call<T>(name: string, effect: () => T): Promise<T> {
    const position = calls.push(name) - 1
    await fault(name, position)
    const result = effect()
    await after(name, position)
    return result
  }
  return {
    contents,
    calls,
    get: (type) =>
      call(`get ${type}`, (): unknown => {
        const text = contents.get(type)
        return text === undefined ? null : JSON.parse(text)
      }),
    set: (type, content) =>
      call(`set ${type}`, () => {
        contents.set(type, JSON.stringify(content))
      }),
  }
}
