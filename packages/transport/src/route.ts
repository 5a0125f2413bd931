/**
 * From a route template of the specification to a path.
 *
 * This is the one place where identifiers enter a URL, each encoded exactly once.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#api-standards
 */
import { idProblem } from '@roomkeys/types'
import { BadIdError } from './errors.ts'

/** An endpoint as the specification writes it: `{name}` stands for an identifier. */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** E.g. `/_matrix/client/v3/room_keys/keys/{roomId}?version={version}`. */
  readonly template: string
}

/** How a route is named in errors: without identifiers. */
export function routeName({ method, template }: Route): string {
  return `${method} ${template}`
}

function encodeId(route: Route, parameter: string, id: unknown): string {
  // `undefined` and numbers would be sent as the text of their value.
  if (typeof id !== 'string') throw new TypeError(`${parameter} must be a string`)
  // An empty segment addresses the parent: DELETE would take all keys instead of one.
  const problem = id === '' ? 'empty' : idProblem(id)
  if (problem !== null) throw new BadIdError(routeName(route), { parameter, problem })
  return encodeURIComponent(id)
}

/**
 * Fills the identifiers into a route, in its path and in its query alike.
 *
 * @throws {@link BadIdError} for an identifier that cannot stand in a URL
 * @throws TypeError for one that is missing or no string
 */
export function fillRoute(route: Route, ids: Readonly<Record<string, string>>): string {
  return route.template.replaceAll(/\{(\w+)\}/g, (_, parameter: string) =>
    encodeId(route, parameter, ids[parameter]),
  )
}
