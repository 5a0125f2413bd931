/**
 * Known differences: cases that a server is known to fail, each with the reason.
 *
 * They keep a run useful for a server that differs on purpose or for now: a change on either side
 * shows, because a case that fails without being listed, and one that passes although it is, both make
 * the run fail.
 */
import { isJsonObject } from '@roomkeys/types'
import { ConformanceError } from './errors.ts'

/** A case that is known to fail. */
export interface KnownDifference {
  /** Id of the case. */
  readonly id: string
  readonly reason: string
}

function badFile(what: string, cause?: unknown): ConformanceError {
  return new ConformanceError('bad_file', `Known differences: ${what}`, { cause })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badFile('not JSON', error)
  }
}

function differenceOf(value: unknown): KnownDifference {
  if (!isJsonObject(value)) throw badFile('each is an object with id and reason')
  const { id, reason } = value
  if (typeof id !== 'string' || typeof reason !== 'string' || reason.trim() === '')
    throw badFile('each has an id and a reason, both strings')
  return { id, reason }
}

/**
 * Reads a JSON list of `{ id, reason }`.
 *
 * @throws ConformanceError `bad_file`
 */
export function parseKnownDifferences(text: string): readonly KnownDifference[] {
  const list = parsed(text)
  if (!Array.isArray(list)) throw badFile('expected a list')
  return list.map(differenceOf)
}
