/** The user's config folder: XDG's where it is set, the platform's otherwise. */
import { isAbsolute, join } from 'node:path'
import type { Io } from '../io/io.ts'

const NAME = 'roomkeys'

function base({ env, platform, home }: Io): string {
  const xdg = env['XDG_CONFIG_HOME']
  // The XDG specification: relative paths are to be ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return xdg
  if (platform === 'win32') return env['APPDATA'] ?? join(home, 'AppData', 'Roaming')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  return join(home, '.config')
}

/** The folder of this command; it may not exist. */
export function configFolder(io: Io): string {
  return join(base(io), NAME)
}
