/** Work under way: one task at a time, and none that outlives its step. */
import type { DemoEvent } from './state.ts'

/** What can be under way. */
export type Task =
  'sign-in' | 'sign-in-with-token' | 'read-backup' | 'check-key' | 'restore' | 'save' | 'sign-out'

/** What an effect works with. */
export interface EffectContext {
  /** Aborted when the task is cancelled, or another one takes its place. */
  readonly signal: AbortSignal
  /** Tells the page; does nothing once the task is aborted. */
  readonly dispatch: (event: DemoEvent) => void
}

/** Work with the outside world. Throws what went wrong; the runner puts it into words. */
export type Effect = (context: EffectContext) => Promise<void>
