/** A compliance suite: what every implementation of a port does, without a test framework. */

/** One case of a suite. */
export interface SuiteCase<Port> {
  /** What is so. */
  readonly title: string
  /**
   * Rejects with an error that says what is not so.
   *
   * @param open - gives a new and empty implementation each time that it is called
   */
  readonly run: (open: () => Promise<Port>) => Promise<void>
}

/** How much of a value a message shows. */
const MAX_SHOWN = 300

function shown(value: unknown): string {
  const text = value === undefined ? 'undefined' : JSON.stringify(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

/** The own members of an object or a list; `null` for all else. */
function membersOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null
  return new Map(Object.entries<unknown>({ ...value }))
}

/** Whether two JSON values are equal; own members alone count. */
function isEqual(first: unknown, second: unknown): boolean {
  if (Array.isArray(first) !== Array.isArray(second)) return false
  const [own, other] = [membersOf(first), membersOf(second)]
  if (own === null || other === null) return Object.is(first, second)
  return (
    own.size === other.size &&
    Array.from(own).every(([name, value]) => other.has(name) && isEqual(value, other.get(name)))
  )
}

/** Throws unless two JSON values are equal. */
export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  if (isEqual(actual, expected)) return
  throw new Error(`${what}: expected ${shown(expected)}, got ${shown(actual)}`)
}

/** Throws unless it holds. */
export function assert(holds: boolean, what: string): void {
  if (!holds) throw new Error(`It does not hold that ${what}`)
}

/** The error that a promise rejects with; throws when it does not. */
export async function rejection(promise: Promise<unknown>, what: string): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error(`It does not reject: ${what}`)
}

/** Every element of a stream. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const elements: T[] = []
  for await (const element of stream) elements.push(element)
  return elements
}
