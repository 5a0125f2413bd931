/** The options of a call, read by kind: what the parser made of them is checked here and nowhere else. */
import { CliError } from './errors.ts'

/** The options of a call. Names are long flags in camel case: `--recovery-key-file` is `recoveryKeyFile`. */
export interface Options {
  /** The value of an option, or `null` when it is not given. */
  readonly text: (name: string) => string | null
  /** Whether a flag is given. */
  readonly flag: (name: string) => boolean
  /** The values of an option that may be repeated. */
  readonly list: (name: string) => readonly string[]
  /** A whole number of an option, or `null` when it is not given. */
  readonly number: (name: string) => number | null
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** `recoveryKeyFile` → `--recovery-key-file`. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function wholeNumber(text: string, name: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new CliError('usage', `${flagOf(name)} takes a whole number.`)
}

/** Makes the reader of parsed values. */
export function createOptions(values: Readonly<Record<string, unknown>>): Options {
  const text = (name: string): string | null => {
    const value = values[name]
    return typeof value === 'string' ? value : null
  }
  return {
    text,
    flag: (name) => values[name] === true,
    list: (name) => {
      const value = values[name]
      return isStrings(value) ? value : []
    },
    number: (name) => {
      const value = text(name)
      return value === null ? null : wholeNumber(value, name)
    },
  }
}
