/** Colour, where it is wanted: NO_COLOR, FORCE_COLOR, `TERM=dumb`, and only on terminals. */
import { styleText } from 'node:util'
import type { Io } from './io.ts'

/** The emphasis that texts use. */
export type Emphasis = 'bold' | 'dim' | 'green' | 'red' | 'yellow'

/** Puts emphasis on a text, or leaves it as it is. */
export type Style = (emphasis: Emphasis, text: string) => string

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}

/** Whether a stream gets colour. */
export function wantsColour(io: Io, stream: 'stdout' | 'stderr'): boolean {
  if (isSet(io.env['NO_COLOR'])) return false
  const forced = io.env['FORCE_COLOR']
  if (isSet(forced)) return forced !== '0'
  return io.isTerminal[stream] && io.env['TERM'] !== 'dumb'
}

/** Makes the style of a stream. */
export function styleOf(io: Io, stream: 'stdout' | 'stderr'): Style {
  if (!wantsColour(io, stream)) return (_, text) => text
  return (emphasis, text) => styleText(emphasis, text, { validateStream: false })
}
