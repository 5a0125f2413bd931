/** The version of the command. */
import { readFileSync } from 'node:fs'

/**
 * Reads the version from the package, so that a release changes one file.
 *
 * @throws Error when the package is not whole
 */
export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const manifest: unknown = JSON.parse(text)
  const isObject = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  if (isObject && typeof manifest.version === 'string') return manifest.version
  throw new Error('The package of the command has no version')
}
