/** The name of a secret, as a person typed it. */
import { idProblem } from '@roomkeys/types'
import { CliError } from '../errors.ts'

/** Account data that says how secret storage works: no secrets, and nothing to put secrets into. */
const RESERVED = 'm.secret_storage.'

/**
 * A name that account data can have, and that is not secret storage itself.
 *
 * @throws CliError `usage`
 */
export function secretName(text: string | undefined): string {
  if (text !== undefined && text !== '' && idProblem(text) === null && !text.startsWith(RESERVED))
    return text
  throw new CliError('usage', 'This cannot be the name of a secret.', {
    hint: 'Names are like m.megolm_backup.v1; roomkeys secret list shows them.',
  })
}
