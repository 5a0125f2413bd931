import type { UserReport } from '../src/report.ts'

/** The facts of a report by their paths, without the raw objects. */
export function flatten(value: unknown, path = ''): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return { [path]: value }
  const entries = Object.entries(value).filter(([key]) => key !== 'object')
  return Object.assign(
    {},
    ...entries.map(([key, member]) => flatten(member, path === '' ? key : `${path}.${key}`)),
  ) as Readonly<Record<string, unknown>>
}

/** The facts that differ from those of another report, with their new values. */
export function changes(before: UserReport, after: UserReport): Readonly<Record<string, unknown>> {
  const old = flatten(before)
  const now = flatten(after)
  const paths = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  return Object.fromEntries(
    paths.filter((path) => old[path] !== now[path]).map((path) => [path, now[path]]),
  )
}
