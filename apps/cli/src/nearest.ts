/** The nearest of some names to one that was mistyped. */

/** Edits that still count as a slip. */
const MAX_EDITS = 3
/** A shorter beginning says little. */
const MIN_BEGINNING = 2

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Infinity
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced, swapped))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}

/** The only name that begins with a word. */
function begun(word: string, names: readonly string[]): string | null {
  const beginning = names.filter((name) => name.startsWith(word))
  return beginning.length === 1 ? (beginning[0] ?? null) : null
}

/** The nearest name, or `null` when none is near. */
export function nearest(word: string, names: readonly string[]): string | null {
  const { length } = word.replace(/^-+/, '')
  if (length >= MIN_BEGINNING) {
    const name = begun(word, names)
    if (name !== null) return name
  }
  const allowed = Math.min(MAX_EDITS, Math.ceil(length / 2.5))
  const near = names
    .map((name) => ({ name, edits: editDistance(word, name) }))
    .filter(({ edits }) => edits <= allowed)
    .sort((one, other) => one.edits - other.edits)
  return near[0]?.name ?? null
}
