/** JSON in files: one value a line, or one array of them. */
import { CliError } from '../errors.ts'

/** A value, or what could not be read; `position` counts from 0. */
export type JsonValue =
  | { readonly position: number; readonly value: unknown }
  | { readonly position: number; readonly malformed: true }

/** The longest line, and the longest array, in characters. */
const MAX_TEXT_LENGTH = 256 * 1_048_576

function parseLine(line: string, position: number): JsonValue {
  try {
    return { position, value: JSON.parse(line) as unknown }
  } catch {
    // Not kept as a cause: the platform quotes the text.
    return { position, malformed: true }
  }
}

function parseArray(text: string): readonly unknown[] {
  const { value } = { value: undefined as unknown, ...parseLine(text, 0) }
  if (Array.isArray(value)) return value as readonly unknown[]
  throw new CliError('bad_file', 'The file holds no JSON array, nor JSON lines')
}

function tooLong(): CliError {
  return new CliError('bad_file', 'The file has too long a line, or too long an array.', {
    hint: 'Put each value on a line of its own.',
  })
}

/** The lines of a text, however long its pieces are. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let parts: string[] = []
  let length = 0
  for await (const piece of bytes) {
    for (const [place, text] of decoder.decode(piece, { stream: true }).split('\n').entries()) {
      if (place > 0) {
        yield parts.join('')
        parts = []
        length = 0
      }
      parts.push(text)
      length += text.length
      if (length > MAX_TEXT_LENGTH) throw tooLong()
    }
  }
  yield parts.join('') + decoder.decode()
}

async function* valuesOfArray(
  first: string,
  lines: AsyncGenerator<string, void, undefined>,
): AsyncGenerator<JsonValue> {
  const texts = [first]
  let { length } = first
  for await (const line of lines) {
    texts.push(line)
    length += line.length + 1
    if (length > MAX_TEXT_LENGTH) throw tooLong()
  }
  for (const [position, value] of parseArray(texts.join('\n')).entries()) yield { position, value }
}

/**
 * The values in JSON lines or in a JSON array. Lines are read one by one; an array is read whole.
 *
 * @throws CliError `bad_file`
 */
export async function* jsonValues(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<JsonValue> {
  const lines = linesOf(bytes)
  let position = 0
  // Not `for await`: the rest of an array is read from the same lines.
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const line = next.value.trim()
    if (line === '') continue
    if (position === 0 && line.startsWith('[')) {
      yield* valuesOfArray(line, lines)
      return
    }
    yield parseLine(line, position)
    position += 1
  }
}
