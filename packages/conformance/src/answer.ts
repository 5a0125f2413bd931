/** An answer of the server, as cases look at it. */
import { isJsonObject, type JsonObject } from '@roomkeys/types'
import type { WireRequest, WireResponse } from './transport.ts'

/** An answer, with the line of the request that it belongs to. */
export interface Answer {
  /** Method and target, e.g. `GET /_matrix/client/v3/room_keys/version`. */
  readonly request: string
  readonly status: number
  /** The first header of a name, in whatever case, or `null`. */
  readonly header: (name: string) => string | null
  readonly text: string
  /** The body as JSON; `undefined` where it is none. */
  readonly json: unknown
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads what came over the wire. */
export function answerOf({ method, target }: WireRequest, response: WireResponse): Answer {
  const text = new TextDecoder().decode(response.body)
  return {
    request: `${method} ${target}`,
    status: response.status,
    header: (name) => {
      const found = response.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())
      return found?.[1] ?? null
    },
    text,
    json: parseJson(text),
  }
}

/** The body as an object; empty where it is none. */
export function objectOf({ json }: Answer): JsonObject {
  return isJsonObject(json) ? json : {}
}
