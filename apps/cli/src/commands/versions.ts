/** `roomkeys versions`: the current version, and older ones that are still there. */
import { signedIn } from '../account/account.ts'
import { DEFAULT_PROBES, olderVersions } from '../account/older-versions.ts'
import { type ToldVersion, toldVersion, versionLine } from '../account/version-text.ts'
import type { CommandContext, Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'

/** What `--json` has. */
interface Versions {
  readonly current: string | null
  readonly versions: readonly ToldVersion[]
  readonly unreadable: readonly { readonly version: string; readonly code: string }[]
}

async function gather(context: CommandContext): Promise<Versions> {
  const { signal, options } = context
  const limit = options.number('limit') ?? DEFAULT_PROBES
  const { api } = await signedIn(context)
  const info = await api.currentVersion({ signal })
  if (info === null) return { current: null, versions: [], unreadable: [] }
  const versions = [toldVersion(info)]
  const unreadable: { version: string; code: string }[] = []
  const search = { current: info.version, limit, signal }
  for await (const older of olderVersions(api, search))
    if (older.state === 'read') versions.push(toldVersion(older.info))
    else unreadable.push({ version: older.version, code: older.code })
  return { current: info.version, versions, unreadable }
}

function textOf({ current, versions, unreadable }: Versions): string {
  if (current === null) return 'There is no backup.'
  return [
    ...versions.map((one) => `${versionLine(one)}${one.version === current ? '  current' : ''}`),
    ...unreadable.map(({ version, code }) => `${version.padEnd(8)} cannot be read (${code})`),
  ].join('\n')
}

/** Lists versions. Ends with 5 when some may be there that could not be read. */
export const run: Run = async (context) => {
  const found = await gather(context)
  await context.output.result(found, textOf)
  return found.unreadable.length === 0 ? EXIT.ok : EXIT.partial
}
