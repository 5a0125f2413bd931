/**
 * A fair queue: each room has a line, and the rooms take turns, so that a room that misses a thousand
 * sessions does not keep another one waiting.
 */
import type { RoomId } from '@roomkeys/types'

/** What waits in one room, first come first. */
export interface Line {
  readonly roomId: RoomId
  /** Never empty. */
  readonly keys: readonly string[]
}

/** The lines; the first one has its turn. */
export type Lines = readonly Line[]

/** Adds a key to the end of its room's line. */
export function join(lines: Lines, roomId: RoomId, key: string): Lines {
  const own = lines.find((line) => line.roomId === roomId)
  if (own === undefined) return [...lines, { roomId, keys: [key] }]
  return lines.map((line) => (line === own ? { roomId, keys: [...line.keys, key] } : line))
}

/** Removes a key from its room's line. */
export function drop(lines: Lines, roomId: RoomId, key: string): Lines {
  return lines.flatMap((line) => {
    if (line.roomId !== roomId) return [line]
    const keys = line.keys.filter((one) => one !== key)
    return keys.length > 0 ? [{ roomId, keys }] : []
  })
}

/** A key that was taken, and the lines without it. */
export interface Taken {
  readonly key: string
  readonly lines: Lines
}

/** Takes the next key that may go; its room then goes to the end. `null` when none may. */
export function take(lines: Lines, mayGo: (key: string) => boolean): Taken | null {
  for (const line of lines) {
    const key = line.keys.find(mayGo)
    if (key === undefined) continue
    const others = lines.filter((one) => one !== line)
    const keys = line.keys.filter((one) => one !== key)
    return { key, lines: keys.length > 0 ? [...others, { ...line, keys }] : others }
  }
  return null
}
