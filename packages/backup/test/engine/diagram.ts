/** The diagrams of `docs/backup-engine.md`, made from the table of states and events. */
import type { State } from '../../src/engine.ts'
import { allPairs, type Pair } from './table.ts'

/** Where the diagrams begin and end in the page. */
export const BEGIN = '<!-- diagrams: node scripts/engine-diagram.ts -->'
export const END = '<!-- end of the diagrams -->'

/** Decisions that lead to the same state from almost everywhere would hide the rest. */
const FROM_ANYWHERE: ReadonlySet<string> = new Set(['enable', 'create', 'disable', 'crashed'])

interface Edge {
  readonly from: string
  readonly to: string
  readonly label: string
}

function lines(edges: readonly Edge[]): readonly string[] {
  const labels = new Map<string, Set<string>>()
  for (const { from, to, label } of edges) {
    const key = `${from} --> ${to}`
    labels.set(key, (labels.get(key) ?? new Set()).add(label))
  }
  return [...labels].map(([key, names]) => `  ${key}: ${[...names].sort().join(', ')}`).sort()
}

function mermaid(edges: readonly Edge[], start: string): string {
  const body = ['stateDiagram-v2', `  [*] --> ${start}`, ...lines(edges)]
  return ['```mermaid', ...body, '```'].join('\n')
}

/** The event, with what it says where that decides. */
const labelOf = ({ event }: Pair): string => event.replaceAll(':', ' ')

const uploadKindOf = (state: State): string | null =>
  state.kind === 'enabled' ? state.upload.kind : null

function stateEdges(pairs: readonly Pair[]): readonly Edge[] {
  return pairs.flatMap((pair) => {
    const { fromState, next, eventType } = pair
    if (fromState.kind === next.state.kind || FROM_ANYWHERE.has(eventType)) return []
    return [{ from: fromState.kind, to: next.state.kind, label: labelOf(pair) }]
  })
}

function uploadEdges(pairs: readonly Pair[]): readonly Edge[] {
  return pairs.flatMap((pair) => {
    const from = uploadKindOf(pair.fromState)
    const to = uploadKindOf(pair.next.state)
    if (from === null || to === null || pair.move !== 'go') return []
    return [{ from, to, label: labelOf(pair) }]
  })
}

function fromAnywhere(pairs: readonly Pair[]): string {
  return [...FROM_ANYWHERE]
    .sort()
    .map((event) => {
      const targets = new Set(
        pairs
          .filter(({ eventType, move }) => eventType === event && move === 'go')
          .map(({ next }) => next.state.kind),
      )
      return `- \`${event}\` leads to ${[...targets].map((kind) => `\`${kind}\``).join(', ')}`
    })
    .join('\n')
}

/** The generated part of the page. */
export function diagrams(): string {
  const pairs = allPairs()
  return [
    BEGIN,
    '## States',
    'These lead to the same state from almost everywhere, and are left out of the diagram:',
    fromAnywhere(pairs),
    mermaid(stateEdges(pairs), 'disabled'),
    '## The upload loop, inside `enabled`',
    mermaid(uploadEdges(pairs), 'jittering'),
    END,
  ].join('\n\n')
}

/** A page with its diagrams made anew. */
export function withDiagrams(page: string): string {
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined)
    throw new TypeError('The page has no place for the diagrams')
  return before + diagrams() + after
}
