/** How large a value is as JSON. */

const ENCODER = new TextEncoder()

/** Quotes of a string, or braces of an object. */
const PAIR = 2

/** The bytes of a value as JSON, but for escapes and white space. Any depth is measured. */
export function jsonBytes(value: unknown): number {
  let bytes = 0
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const one = waiting.pop()
    if (typeof one === 'string') bytes += PAIR + ENCODER.encode(one).length
    else if (typeof one !== 'object' || one === null) bytes += String(one).length
    else {
      const members: readonly (readonly [string, unknown])[] = Object.entries(one)
      bytes += PAIR + Math.max(0, members.length - 1)
      for (const [name, member] of members) {
        if (!Array.isArray(one)) bytes += PAIR + 1 + ENCODER.encode(name).length
        waiting.push(member)
      }
    }
  }
  return bytes
}
