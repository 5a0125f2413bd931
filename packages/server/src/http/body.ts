/**
 * Request bodies: read within a limit, decoded, checked for depth, parsed.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
 */
import { joinBytes } from '@roomkeys/crypto/bytes'
import {
  type Errcode,
  parseWire,
  type ShapeIssue,
  type WireSchema,
  WireShapeError,
} from '@roomkeys/types'
import { RefusedRequest } from '../errors.ts'

/** What a body may be. */
export interface BodyBounds {
  readonly maxBytes: number
  readonly maxDepth: number
}

function tooLarge(): RefusedRequest {
  return new RefusedRequest([413, 'M_TOO_LARGE'], 'The request body is too large')
}

function notJson(message: string): RefusedRequest {
  return new RefusedRequest([400, 'M_NOT_JSON'], message)
}

/** The chunks of a body; a connection that breaks off in the middle is the client's fault. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch {
    throw notJson('The request body was cut off')
  }
}

/** Reads a body, and stops reading at the limit whatever its declared length. */
async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length')) > maxBytes) throw tooLarge()
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunksOf(request.body)) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return joinBytes(chunks)
}

const QUOTE = '"'.charCodeAt(0)
const BACKSLASH = '\\'.charCodeAt(0)
const OPENING: ReadonlySet<number | undefined> = new Set(new TextEncoder().encode('[{'))
const CLOSING: ReadonlySet<number | undefined> = new Set(new TextEncoder().encode(']}'))

/** Whether JSON nests deeper than allowed; writing such a value again would overflow the stack. */
export function nestsDeeper(bytes: Uint8Array, maxDepth: number): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) inString = !inString
    else if (inString) i += byte === BACKSLASH ? 1 : 0
    else if (OPENING.has(byte)) depth++
    else if (CLOSING.has(byte)) depth--
    if (depth > maxDepth) return true
  }
  return false
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    throw notJson('The request body is not JSON in UTF-8')
  }
}

/** Fields that are objects of the client's own; for them, any other type counts as malformed. */
const OPAQUE_FIELD = /(?:^|\.)(?:auth_data|session_data)$/

function errcodeOf(issue: ShapeIssue | undefined): Errcode {
  const missing = issue === undefined || issue.path === '' || issue.received === 'undefined'
  return missing || OPAQUE_FIELD.test(issue.path) ? 'M_BAD_JSON' : 'M_INVALID_PARAM'
}

function parseShape<T>(schema: WireSchema<T>, value: unknown): T {
  try {
    return parseWire(schema, value, 'The request body')
  } catch (error) {
    if (!(error instanceof WireShapeError)) throw error
    throw new RefusedRequest([400, errcodeOf(error.issues[0])], error.message)
  }
}

/**
 * Reads and parses a JSON body.
 *
 * @throws RefusedRequest 413 `M_TOO_LARGE`; 400 `M_NOT_JSON`, `M_BAD_JSON` or `M_INVALID_PARAM`
 */
export async function readBody<T>(
  request: Request,
  schema: WireSchema<T>,
  { maxBytes, maxDepth }: BodyBounds,
): Promise<T> {
  const bytes = await readBytes(request, maxBytes)
  if (nestsDeeper(bytes, maxDepth))
    throw new RefusedRequest([400, 'M_BAD_JSON'], 'The request body nests too deep')
  return parseShape(schema, parseJson(bytes))
}
