/** The beginning of a long list: a backup may hold a million keys, and a page cannot show them. */
import { useState } from 'preact/hooks'

/** Items shown at first, and added by each click. */
const STEP = 20

/** The shown items of a list. */
export interface Shown<T> {
  readonly items: readonly T[]
  readonly hidden: number
  readonly showMore: () => void
}

/** The first items of a list, and a way to see more. */
export function useShown<T>(all: readonly T[]): Shown<T> {
  const [limit, setLimit] = useState(STEP)
  const showMore = (): void => {
    setLimit(limit + STEP)
  }
  return { items: all.slice(0, limit), hidden: Math.max(0, all.length - limit), showMore }
}
