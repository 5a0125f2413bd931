import { build } from 'esbuild'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listPackages, type Package } from './packages.ts'

/** What runs on a server alone. */
const SERVER_SIDE: ReadonlySet<string> = new Set(['conformance', 'server'])

function modulesOf({ path, manifest }: Package): readonly string[] {
  return Object.values(manifest.exports)
    .map((target) => (typeof target === 'string' ? undefined : target['default']))
    .filter((file) => file !== undefined)
    .map((file) => join(path, file))
}

const modules = listPackages()
  .filter(({ folder }) => !SERVER_SIDE.has(folder))
  .flatMap(modulesOf)

test.each(modules.map((path) => [path.split('/packages/').at(-1), path]))(
  'a browser bundles %s, without anything of Node',
  async (_, path = '') => {
    const { errors, metafile } = await build({
      entryPoints: [path],
      bundle: true,
      platform: 'browser',
      format: 'esm',
      splitting: true,
      outdir: 'unwritten',
      write: false,
      metafile: true,
      logLevel: 'silent',
    })
    expect(errors).toEqual([])
    const inputs = Object.keys(metafile.inputs)
    expect(inputs.filter((input) => /\.node\.js$|^node:|\(disabled\)/.test(input))).toEqual([])
  },
)

test.each(['agreements', 'shared-secrets'])(
  '%s loads no curve before it is needed',
  async (name) => {
    const { metafile } = await build({
      entryPoints: [join('packages', 'crypto', 'dist', `${name}.js`)],
      bundle: true,
      platform: 'browser',
      format: 'esm',
      splitting: true,
      outdir: 'unwritten',
      write: false,
      metafile: true,
    })
    const outputs = Object.values(metafile.outputs)
    const isCurve = (input: string): boolean => input.includes('@noble/curves')
    const withCurve = outputs.filter(({ inputs }) => Object.keys(inputs).some(isCurve))
    expect(withCurve).toHaveLength(1)
    expect(withCurve[0]?.entryPoint).toBe('packages/crypto/dist/noble-x25519.js')
  },
)
