/** Requests: sessions cut into groups by number and bytes. */
import type { Pace, SentSize } from './pace.ts'
import type { SealedKey, Work } from './upload.ts'

type Group = readonly SealedKey[]

/** The size of a group. */
export function sizeOf(group: Group): SentSize {
  return { keys: group.length, bytes: group.reduce((sum, { size }) => sum + size, 0) }
}

function fits(group: Group, key: SealedKey, pace: Pace): boolean {
  const { keys, bytes } = sizeOf([...group, key])
  return keys <= pace.keys && bytes <= pace.bytes
}

/** Cuts keys into requests; one key alone may be larger than wished. */
export function cut(keys: Group, pace: Pace): readonly Group[] {
  const groups: SealedKey[][] = []
  for (const key of keys) {
    const last = groups.at(-1)
    if (last !== undefined && fits(last, key, pace)) last.push(key)
    else groups.push([key])
  }
  return groups
}

/** Two halves of a group of at least two. */
export function halves(group: Group): readonly Group[] {
  const middle = Math.ceil(group.length / 2)
  return [group.slice(0, middle), group.slice(middle)]
}

/** The request that is next. */
export function firstGroup({ groups }: Work): Group {
  return groups[0] ?? []
}

/** The work with other requests in the place of the first. */
export function replaceFirst(work: Work, groups: readonly Group[]): Work {
  return { ...work, groups: [...groups, ...work.groups.slice(1)] }
}
