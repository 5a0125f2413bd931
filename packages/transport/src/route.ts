/**
 * From a route of the specification to a path.
 *
 * This is the one place where identifiers enter a URL, each encoded exactly once.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#api-standards
 */
import { idProblem } from '@roomkeys/types'
import { badId } from './errors.ts'

/**
 * An endpoint as the specification writes it: `{name}` stands for an identifier. It names the endpoint
 * in errors, without identifiers.
 */
export type Route = `${'GET' | 'PUT' | 'POST' | 'DELETE'} /${string}`

/**
 * Fills identifiers into a route, in its path and in its query alike.
 *
 * @param ids - identifiers by name, among others
 * @returns the method and the path, a space between them
 * @throws BadIdError - for an identifier that cannot stand in a URL
 * @throws TypeError for one that is missing or no string
 */
export function fillRoute(route: Route, ids: object): string {
  const byName = new Map<string, unknown>(Object.entries(ids))
  return route.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
    const id = byName.get(parameter)
    // `undefined` and numbers would be sent as the text of their value.
    if (typeof id !== 'string') throw new TypeError(`${parameter} must be a string`)
    // An empty segment addresses the parent: DELETE would take all keys instead of one.
    const problem = id === '' ? 'empty' : idProblem(id)
    if (problem !== null) throw badId(route, parameter, problem)
    return encodeURIComponent(id)
  })
}
