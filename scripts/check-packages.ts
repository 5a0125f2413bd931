// What users get: each package packed, linted, and used from its tarball in an empty project, on every
// supported Node. Every subpath is imported, and every example of every README runs as it stands there.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startExampleServer } from './example-server.ts'
import { listPackages, type Package, ROOT, specifiersOf } from './packages.ts'

const NODE_MAJORS = [22, 24]

/** Peers that a package leaves to its user. */
const PEERS = ['@electric-sql/pglite']

interface Step {
  readonly what: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a step and returns what went wrong, with its output, or nothing. */
function run({ what, command, args, cwd, env }: Step): readonly string[] {
  const options = { cwd, encoding: 'utf8', env: { ...process.env, ...env } } as const
  const { status, stdout, stderr, error } = spawnSync(command, args, options)
  if (status === 0) return []
  return [`${what}\n${stdout}${stderr}${error?.message ?? ''}`]
}

function pack({ path }: Package, into: string): string {
  const before = new Set(readdirSync(into))
  execFileSync('pnpm', ['pack', '--pack-destination', into], { cwd: path, stdio: 'pipe' })
  const [tarball] = readdirSync(into).filter((file) => !before.has(file))
  if (tarball === undefined) throw new Error(`Nothing was packed in ${path}`)
  return join(into, tarball)
}

function lintTarball(name: string, tarball: string): readonly string[] {
  const attw = ['--profile', 'esm-only', '--format', 'ascii', '--no-emoji', tarball]
  return [
    ...run({ what: `publint ${name}`, command: 'publint', args: ['--strict', tarball], cwd: ROOT }),
    ...run({ what: `attw ${name}`, command: 'attw', args: attw, cwd: ROOT }),
  ]
}

/** An installation of a Node release from the package of that name. */
function installNode(major: number, work: string): string {
  const folder = join(work, `node-${major}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  execFileSync('npm', ['install', '--silent', `node@${major}`], { cwd: folder, stdio: 'pipe' })
  return join(folder, 'node_modules', 'node', 'bin', 'node')
}

/** Examples in a README, each a complete module. */
function examplesOf({ path }: Package): readonly string[] {
  const text = readFileSync(join(path, 'README.md'), 'utf8')
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code)
}

/** A module that imports every subpath and fails where one exports nothing. */
function importsOf(packages: readonly Package[]): string {
  const specifiers = JSON.stringify(packages.flatMap(specifiersOf))
  return `for (const specifier of ${specifiers}) {
  const names = Object.keys(await import(specifier))
  if (names.length === 0) throw new Error(specifier + ' exports nothing')
}\n`
}

function writeConsumer(project: string, packages: readonly Package[]): readonly string[] {
  const modules = new Map([['imports.mts', importsOf(packages)]])
  for (const one of packages)
    examplesOf(one).forEach((code, index) => modules.set(`${one.folder}-${index + 1}.mts`, code))
  for (const [file, code] of modules) writeFileSync(join(project, file), code)
  return [...modules.keys()]
}

function createConsumer(work: string, tarballs: readonly string[]): string {
  const project = join(work, 'consumer')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }')
  const args = ['install', '--silent', ...tarballs, ...PEERS]
  execFileSync('npm', args, { cwd: project, stdio: 'pipe' })
  return project
}

async function useOn(major: number, work: string, files: readonly string[]) {
  const node = installNode(major, work)
  const server = await startExampleServer()
  try {
    return files.flatMap((file) =>
      run({
        what: `${file} on Node ${major}`,
        command: node,
        args: ['--disable-warning=ExperimentalWarning', file],
        cwd: join(work, 'consumer'),
        env: server.env,
      }),
    )
  } finally {
    await server.close()
  }
}

async function check(work: string): Promise<readonly string[]> {
  const packages = listPackages()
  const tarballs = packages.map((one) => pack(one, work))
  const problems = packages.flatMap((one, index) =>
    lintTarball(one.manifest.name, tarballs[index] ?? ''),
  )
  const files = writeConsumer(createConsumer(work, tarballs), packages)
  for (const major of NODE_MAJORS) problems.push(...(await useOn(major, work, files)))
  console.log(`${packages.length} tarballs, ${files.length} modules on Node ${NODE_MAJORS.join(', ')}`)
  return problems
}

const work = mkdtempSync(join(tmpdir(), 'roomkeys-packages-'))
try {
  const problems = await check(work)
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  rmSync(work, { recursive: true, force: true })
}
