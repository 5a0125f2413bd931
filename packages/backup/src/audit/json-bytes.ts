/** How large a value is as JSON. */

/** Quotes of a string, or braces of an object. */
const PAIR = 2

/** The bytes of a text as UTF-8. They are counted and not made: a backup is nearly all text. */
function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit >= 0x80) bytes += 1
    if (unit >= 0x800) bytes += 1
    // The two halves of a pair are four bytes together.
    if (unit >= 0xd800 && unit < 0xdc00 && /^[\udc00-\udfff]/.test(text.charAt(at + 1))) bytes -= 2
  }
  return bytes
}

/** The bytes of a value as JSON, but for escapes and white space. Any depth is measured. */
export function jsonBytes(value: unknown): number {
  let bytes = 0
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const one = waiting.pop()
    if (typeof one === 'string') bytes += PAIR + utf8Bytes(one)
    else if (typeof one !== 'object' || one === null) bytes += String(one).length
    else {
      const names = Object.keys(one)
      bytes += PAIR + Math.max(0, names.length - 1)
      for (const name of names) {
        if (!Array.isArray(one)) bytes += PAIR + 1 + utf8Bytes(name)
        waiting.push(Reflect.get(one, name))
      }
    }
  }
  return bytes
}
