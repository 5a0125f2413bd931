/** Progress on standard error: a bar with rate and time left on a terminal, a line now and then elsewhere. */
import type { Io } from './io.ts'

/** What progress is about. */
export interface ProgressOptions {
  /** E.g. `Downloading`. */
  readonly label: string
  /** What is counted, e.g. `keys`. */
  readonly unit: string
  /** How many there will be, or `null` when nobody knows. */
  readonly total: number | null
}

/** Progress of some work. */
export interface Progress {
  /** Says how far the work is. Cheap: call it as often as you like. */
  readonly update: (done: number, total?: number | null) => void
  /** Clears the bar. Call it at the end, whatever the end is. */
  readonly end: () => void
}

const BAR_WIDTH = 24
const REDRAW_MS = 100
const LINE_EVERY_MS = 10_000
const CLEAR_LINE = '\r\u001b[2K'

/** How far the work is. */
interface State {
  readonly done: number
  readonly total: number | null
  readonly elapsedMs: number
}

/** E.g. `3 min 05 s`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

function rateOf({ done, elapsedMs }: State): number {
  return elapsedMs > 0 ? (done * 1000) / elapsedMs : 0
}

function leftOf(state: State): string | null {
  const rate = rateOf(state)
  if (state.total === null || rate === 0 || state.done > state.total) return null
  return `${duration(((state.total - state.done) / rate) * 1000)} left`
}

/** E.g. `Downloading 1200/5000 keys, 400/s, 10 s left`. */
export function progressText({ label, unit }: ProgressOptions, state: State): string {
  const count = state.total === null ? `${state.done}` : `${state.done}/${state.total}`
  const facts = [`${label} ${count} ${unit}`, `${Math.round(rateOf(state))}/s`, leftOf(state)]
  return facts.filter((fact) => fact !== null).join(', ')
}

function bar({ done, total }: State): string {
  if (total === null || total <= 0) return ''
  const filled = Math.min(BAR_WIDTH, Math.floor((done / total) * BAR_WIDTH))
  return `${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)} `
}

/** Makes the progress of some work. */
export function createProgress(
  io: Io,
  options: ProgressOptions & { readonly quiet: boolean },
): Progress {
  const isBar = io.isTerminal.stderr && io.env['TERM'] !== 'dumb'
  const every = isBar ? REDRAW_MS : LINE_EVERY_MS
  const startedAt = io.now()
  let shownAt = isBar ? Number.NEGATIVE_INFINITY : startedAt
  let isDrawn = false
  let { total } = options
  const show = (done: number): void => {
    const state = { done, total, elapsedMs: io.now() - startedAt }
    const text = progressText(options, state)
    const drawn = `${CLEAR_LINE}${(bar(state) + text).slice(0, Math.max(20, io.columns - 1))}`
    io.stderr.write(isBar ? drawn : `${text}\n`)
    isDrawn = isBar
  }
  return {
    update: (done, newTotal) => {
      if (newTotal !== undefined) total = newTotal
      if (options.quiet || io.now() - shownAt < every) return
      shownAt = io.now()
      show(done)
    },
    end: () => {
      if (isDrawn) io.stderr.write(CLEAR_LINE)
      isDrawn = false
    },
  }
}
