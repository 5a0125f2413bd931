/** How commands are described: data, which help, documentation, completion and the parser share. */
import type { Run } from './context.ts'

/** An option. */
export interface OptionDefinition {
  /** E.g. `-o, --output <file>`; a value in angle brackets is required. */
  readonly flags: string
  /** What it does, without a full stop. */
  readonly text: string
  /** May be given several times. */
  readonly repeatable?: boolean
  /** The only values. */
  readonly choices?: readonly string[]
  /** What its value names, for completion. */
  readonly value?: 'file' | 'folder'
  /** Must be given. */
  readonly required?: boolean
}

/** A positional argument. */
export interface ArgumentDefinition {
  /** E.g. `file`. */
  readonly name: string
  readonly text: string
  readonly optional?: boolean
  readonly value?: 'file' | 'folder'
  readonly choices?: readonly string[]
}

/** An example of a use. */
export interface Example {
  /** As it is typed. */
  readonly line: string
  /** What it does. */
  readonly text: string
}

/** What `--json` prints: one document, a JSON line for each item, or nothing of its own. */
export type JsonForm = 'document' | 'lines' | 'none'

/** A command. */
export interface CommandDefinition {
  /** E.g. `versions delete`. */
  readonly name: string
  /** One line, without a full stop. */
  readonly summary: string
  /** More, for its own help; sentences. */
  readonly description?: string
  readonly examples: readonly Example[]
  readonly args?: readonly ArgumentDefinition[]
  readonly options: readonly OptionDefinition[]
  readonly json: JsonForm
  readonly load: () => Promise<{ readonly run: Run }>
}
