// What users get: each package packed, linted, and used from its tarball in an empty project, on every
// supported Node. Every subpath is imported, and every example of every README runs as it stands there.
import { execFile, execFileSync } from 'node:child_process'
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

/** Runs a step and resolves with what went wrong and its output, or nothing. The server runs here too. */
function run({ what, command, args, cwd, env }: Step): Promise<readonly string[]> {
  const options = { cwd, env: { ...process.env, ...env } }
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve(error === null ? [] : [`${what}: ${error.message}\n${stdout}${stderr}`])
    })
  })
}

/** One step at a time: the machine is small, and the order of problems is theirs. */
async function runAll(steps: readonly Step[]): Promise<readonly string[]> {
  const problems: string[] = []
  for (const step of steps) problems.push(...(await run(step)))
  return problems
}

function pack({ path }: Package, into: string): string {
  const before = new Set(readdirSync(into))
  execFileSync('pnpm', ['pack', '--pack-destination', into], { cwd: path, stdio: 'pipe' })
  const [tarball] = readdirSync(into).filter((file) => !before.has(file))
  if (tarball === undefined) throw new Error(`Nothing was packed in ${path}`)
  return join(into, tarball)
}

function lintSteps(name: string, tarball: string): readonly Step[] {
  const attw = ['--profile', 'esm-only', '--format', 'ascii', '--no-emoji', tarball]
  return [
    { what: `publint ${name}`, command: 'publint', args: ['--strict', tarball], cwd: ROOT },
    { what: `attw ${name}`, command: 'attw', args: attw, cwd: ROOT },
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
function examplesOf(path: string): readonly string[] {
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
  const readmes = [{ folder: 'roomkeys', path: ROOT }, ...packages]
  for (const { folder, path } of readmes)
    examplesOf(path).forEach((code, index) => modules.set(`${folder}-${index + 1}.mts`, code))
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

/** What is run, and the environment that it reads. */
interface Use {
  readonly files: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** The steps that use every package on one Node. */
function useSteps(node: string, work: string, use: Use): readonly Step[] {
  return use.files.map((file) => ({
    what: `${file} with ${node}`,
    command: node,
    args: ['--disable-warning=ExperimentalWarning', file],
    cwd: join(work, 'consumer'),
    env: use.env,
  }))
}

async function useEverywhere(work: string, files: readonly string[]): Promise<readonly string[]> {
  const nodes = NODE_MAJORS.map((major) => installNode(major, work))
  const server = await startExampleServer()
  try {
    return await runAll(nodes.flatMap((node) => useSteps(node, work, { files, env: server.env })))
  } finally {
    await server.close()
  }
}

async function check(work: string): Promise<readonly string[]> {
  const packages = listPackages()
  const tarballs = packages.map((one) => pack(one, work))
  const lint = packages.flatMap(({ manifest }, i) => lintSteps(manifest.name, tarballs[i] ?? ''))
  const problems = await runAll(lint)
  const files = writeConsumer(createConsumer(work, tarballs), packages)
  const used = await useEverywhere(work, files)
  console.log(
    `${packages.length} tarballs, ${files.length} modules on Node ${NODE_MAJORS.join(', ')}`,
  )
  return [...problems, ...used]
}

const work = mkdtempSync(join(tmpdir(), 'roomkeys-packages-'))
try {
  const problems = await check(work)
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  rmSync(work, { recursive: true, force: true })
}
