/** Numbers in texts. */
const FORMAT = new Intl.NumberFormat('en')

/** A number as people read it, e.g. `12,000`. */
export function written(count: number): string {
  return FORMAT.format(count)
}

/** A number with its noun, e.g. `1 key`, `12,000 keys`. */
export function counted(count: number, noun: string): string {
  return `${written(count)} ${noun}${count === 1 ? '' : 's'}`
}
