/** The name of a version, as a person typed it. */
import { type BackupVersion, backupVersion, idProblem } from '@roomkeys/types'
import { CliError } from '../errors.ts'

/**
 * A version that a request can name.
 *
 * @throws CliError `usage`
 */
export function versionArgument(text: string | undefined): BackupVersion {
  if (text !== undefined && text !== '' && idProblem(text) === null) return backupVersion(text)
  throw new CliError('usage', 'This cannot be the name of a version.', {
    hint: 'roomkeys versions lists them.',
  })
}
