// One build for every package: the entries are the package's own export map, so that a subpath
// cannot be listed without being built, or built without being listed.
import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

interface Manifest {
  exports: Record<string, string | { default: string }>
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest

const entry = Object.fromEntries(
  Object.values(manifest.exports)
    .filter((target) => typeof target === 'object')
    .map((target) => target.default.replace('./dist/', '').replace('.js', ''))
    .map((name) => [name, `src/${name}.ts`]),
)

export default defineConfig({
  entry,
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  splitting: true,
  sourcemap: true,
  clean: true,
  removeNodeProtocol: false,
})
