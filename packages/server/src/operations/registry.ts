/**
 * Sums by label, and how Prometheus reads them.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */

/** Labels in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>

/** A family of sums. */
export interface Counter {
  readonly add: (labels: Labels, amount: number) => void
  readonly lines: () => readonly string[]
}

/** What a family is called and means. */
export interface FamilyHead {
  readonly name: string
  readonly help: string
}

/**
 * Labels come from closed sets, so a family stays far below this. Should one not, what comes later is
 * left out, for memory is worth more.
 */
const MAX_SERIES = 5000

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

function writeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (it) => ESCAPES[it] ?? it)}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function head({ name, help }: FamilyHead, type: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function createSums(): {
  readonly add: (series: string, amount: number) => void
  readonly entries: () => readonly (readonly [string, number])[]
} {
  const sums = new Map<string, number>()
  return {
    add: (series, amount) => {
      const before = sums.get(series)
      if (before !== undefined || sums.size < MAX_SERIES) sums.set(series, (before ?? 0) + amount)
    },
    entries: () => [...sums],
  }
}

/** Creates a family that only grows. */
export function createCounter(family: FamilyHead): Counter {
  const sums = createSums()
  return {
    add: (labels, amount) => {
      sums.add(family.name + writeLabels(labels), amount)
    },
    lines: () => [
      ...head(family, 'counter'),
      ...sums.entries().map(([series, sum]) => `${series} ${sum}`),
    ],
  }
}

/** Creates a family of distributions; `add` observes one value. */
export function createHistogram(family: FamilyHead, bounds: readonly number[]): Counter {
  const sums = createSums()
  const bucket = (labels: Labels, le: string): string =>
    `${family.name}_bucket${writeLabels({ ...labels, le })}`
  return {
    add: (labels, value) => {
      for (const bound of bounds) sums.add(bucket(labels, String(bound)), value <= bound ? 1 : 0)
      sums.add(bucket(labels, '+Inf'), 1)
      sums.add(`${family.name}_sum${writeLabels(labels)}`, value)
      sums.add(`${family.name}_count${writeLabels(labels)}`, 1)
    },
    lines: () => [
      ...head(family, 'histogram'),
      ...sums.entries().map(([series, sum]) => `${series} ${sum}`),
    ],
  }
}
