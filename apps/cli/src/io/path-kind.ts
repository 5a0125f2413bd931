/** What is at a path: plain files alone are replaced, and can be read twice. */
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { CliError } from '../errors.ts'
import { isNotThere } from '../system-errors.ts'

function assertPlain(
  stats: Stats,
  path: string,
  what: { readonly file: string; readonly otherwise: string },
) {
  if (stats.isDirectory())
    throw new CliError('bad_file', `${path} is a folder.`, { hint: what.file })
  if (!stats.isFile())
    throw new CliError('bad_file', `${path} is a pipe or a device, ${what.otherwise}`, {
      hint: 'Use a plain file.',
    })
}

/**
 * Checks that a file may come to be at a path. Renaming it there would put it in place of a device.
 *
 * @throws CliError `bad_file`
 */
export async function assertReplaceable(path: string): Promise<void> {
  try {
    const otherwise = 'and a file would take its place.'
    assertPlain(await stat(path), path, { file: 'Name a file in it.', otherwise })
  } catch (error) {
    if (!isNotThere(error)) throw error
  }
}

/**
 * Checks that a file can be read more than once, as snapshots and key files are.
 *
 * @throws CliError `bad_file`; what the file system says
 */
export async function assertRereadable(path: string): Promise<void> {
  const otherwise = 'and it would have to be read twice.'
  assertPlain(await stat(path), path, { file: 'Give a file.', otherwise })
}
