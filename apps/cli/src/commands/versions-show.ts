/** `roomkeys versions show V`: a version as the server has it. */
import { signedIn } from '../account/account.ts'
import { toldVersion, versionLine } from '../account/version-text.ts'
import { versionArgument } from '../account/version-argument.ts'
import type { Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'

/** Shows a version. */
export const run: Run = async (context) => {
  const version = versionArgument(context.args[0])
  const { api } = await signedIn(context)
  const info = await api.readVersion(version, { signal: context.signal })
  if (info === null)
    throw new CliError('not_found', `There is no version ${version}.`, {
      hint: 'roomkeys versions lists them.',
    })
  const told = toldVersion(info)
  await context.output.result(
    { version: told },
    () => `${versionLine(told)}\netag ${told.etag}\n${JSON.stringify(told.auth_data, null, 2)}`,
  )
  return EXIT.ok
}
