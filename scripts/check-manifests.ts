// One shape of package.json in all packages, a README in each, and a map that names them all.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { listPackages, type Manifest, type Package, readJson, ROOT } from './packages.ts'

const REPOSITORY = 'git+https://github.com/roomkeys/roomkeys.git'
const LAYER = /^L[0-3]$/
const MAX_README_LINES = 80

/** Modules that do something when they are loaded, which is why they are: whoever bundles has to keep them. */
function sideEffects({ path }: Package): false | readonly string[] {
  const workers = readdirSync(join(path, 'src'))
    .filter((file) => /-worker(\.node)?\.ts$/.test(file))
    .map((file) => `./dist/${file.replace(/\.ts$/, '.js')}`)
  return workers.length === 0 ? false : workers.sort()
}

/** What every manifest holds, beside its name, version, description, exports and dependencies. */
function fixedPart(one: Package): Readonly<Record<string, unknown>> {
  const { folder } = one
  return {
    license: 'Apache-2.0',
    repository: { type: 'git', url: REPOSITORY, directory: `packages/${folder}` },
    type: 'module',
    sideEffects: sideEffects(one),
    files: ['dist', 'README.md', 'CHANGELOG.md'],
    engines: { node: '>=22.12' },
    publishConfig: { access: 'public', provenance: true },
    scripts: {
      build:
        'node -e "fs.rmSync(\'dist\',{recursive:true,force:true})" && tsc -p tsconfig.build.json',
      typecheck: 'tsc -p tsconfig.json',
    },
  }
}

const KEYS = [
  ...['name', 'version', 'description', 'license', 'repository', 'type', 'sideEffects', 'exports'],
  ...['bin', 'files', 'engines', 'publishConfig', 'scripts', 'dependencies', 'peerDependencies'],
  ...['peerDependenciesMeta', 'devDependencies'],
]

/** Types first, then the `node` variant where there is a source for it, then the portable module. */
function expectedExport({ path }: Package, name: string): Readonly<Record<string, string>> {
  const hasNodeVariant = existsSync(join(path, 'src', `${name}.node.ts`))
  return {
    types: `./dist/${name}.d.ts`,
    ...(hasNodeVariant ? { node: `./dist/${name}.node.js` } : {}),
    default: `./dist/${name}.js`,
  }
}

function exportProblems(one: Package): readonly string[] {
  return Object.entries(one.manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string')
      return subpath === './package.json' && target === subpath ? [] : [`exports ${subpath}`]
    const name = subpath === '.' ? 'index' : subpath.slice(2)
    const expected = expectedExport(one, name)
    const asExpected = isDeepStrictEqual(Object.entries(target), Object.entries(expected))
    const source = existsSync(join(one.path, 'src', `${name}.ts`))
    return asExpected && source ? [] : [`exports ${subpath}: expected ${JSON.stringify(expected)}`]
  })
}

/** Packages whose code runs on a server alone. */
const SERVER_SIDE: ReadonlySet<string> = new Set(['server'])

/** Browsers, workers and React Native load everything but the modules of the `node` condition. */
function portabilityProblems({ folder, path }: Package): readonly string[] {
  if (SERVER_SIDE.has(folder)) return []
  return readdirSync(join(path, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(test|node)\.ts$/.test(file))
    .filter((file) => readFileSync(join(path, 'src', file), 'utf8').includes("from 'node:"))
    .map((file) => `src/${file} imports from node:`)
}

function manifestProblems(one: Package, version: string): readonly string[] {
  const { folder, manifest } = one
  const order = KEYS.filter((key) => key in manifest)
  const wrong = Object.entries(fixedPart(one))
    .filter(([key, value]) => !isDeepStrictEqual(manifest[key], value))
    .map(([key, value]) => `${key}: expected ${JSON.stringify(value)}`)
  return [
    ...(isDeepStrictEqual(Object.keys(manifest), order) ? [] : [`keys: expected ${order.join()}`]),
    ...(manifest.name === `@roomkeys/${folder}` ? [] : ['name']),
    ...(manifest.version === version ? [] : ['version: all packages share one']),
    ...wrong,
    ...exportProblems(one),
  ]
}

/** Manifests without their own words, which dependency ranges must follow the workspace. */
function dependencyProblems({ manifest }: Package): readonly string[] {
  const kinds = ['dependencies', 'devDependencies']
  const ranges = kinds.flatMap((kind) => Object.entries(manifest[kind] ?? {}))
  return ranges
    .filter(
      ([name, range]) => range !== (name.startsWith('@roomkeys/') ? 'workspace:^' : 'catalog:'),
    )
    .map(([name]) => `dependency ${name}: expected workspace:^ or catalog:`)
}

function layerProblems({ path }: Package): readonly string[] {
  const { tags } = readJson(join(path, 'turbo.json')) as { readonly tags: readonly string[] }
  return tags.filter((tag) => LAYER.test(tag)).length === 1 ? [] : ['turbo.json: one layer tag']
}

function readmeProblems({ path, manifest }: Package): readonly string[] {
  const file = join(path, 'README.md')
  if (!existsSync(file)) return ['README.md is missing']
  const text = readFileSync(file, 'utf8')
  return [
    ...(text.startsWith(`# ${manifest.name}\n`) ? [] : ['README.md: the title is the name']),
    ...(text.trimEnd().split('\n').length <= MAX_README_LINES ? [] : ['README.md is too long']),
    ...(text.includes('```ts\n') ? [] : ['README.md: no example']),
  ]
}

function mapProblems({ folder }: Package): readonly string[] {
  const map = readFileSync(join(ROOT, 'packages', 'README.md'), 'utf8')
  return map.includes(`[${folder}](${folder})`) ? [] : ['packages/README.md does not name it']
}

const packages = listPackages()
const version = (packages[0]?.manifest satisfies Manifest | undefined)?.version ?? ''
const problems = packages.flatMap((one) =>
  [
    ...manifestProblems(one, version),
    ...dependencyProblems(one),
    ...layerProblems(one),
    ...portabilityProblems(one),
    ...readmeProblems(one),
    ...mapProblems(one),
  ].map((problem) => `packages/${one.folder}: ${problem}`),
)
for (const problem of problems) console.error(problem)
console.log(`${packages.length} manifests, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
