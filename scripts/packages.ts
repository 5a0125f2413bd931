// The published packages of this workspace, as the other scripts see them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')

/** The part of a package.json that the scripts read. */
export interface Manifest extends Readonly<Record<string, unknown>> {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

export interface Package {
  /** Folder under packages/. */
  readonly folder: string
  /** Absolute path. */
  readonly path: string
  readonly manifest: Manifest
}

/** Reads a JSON file of this repository; its shape is what the check that calls this is about. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

export function listPackages(): readonly Package[] {
  const folders = readdirSync(join(ROOT, 'packages'), { withFileTypes: true })
  return folders
    .filter((entry) => entry.isDirectory())
    .map(({ name: folder }) => {
      const path = join(ROOT, 'packages', folder)
      return { folder, path, manifest: readJson(join(path, 'package.json')) as Manifest }
    })
}

/** The folder of the command, which is published beside the packages. */
export const COMMAND: Pick<Package, 'folder' | 'path'> = {
  folder: 'cli',
  path: join(ROOT, 'apps', 'cli'),
}

/** Every import specifier of a package that leads to code. */
export function specifiersOf({ manifest }: Package): readonly string[] {
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([subpath]) => manifest.name + subpath.slice(1))
}
