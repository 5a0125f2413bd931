// What users get: each package packed, linted, and used from its tarball in an empty project, on every
// supported Node. Every subpath is imported, and every example of every README runs as it stands there.
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { startExampleServer } from './example-server.ts'
import { COMMAND, listPackages, type Package, ROOT, specifiersOf } from './packages.ts'

const NODE_MAJORS = [22, 24]

/** Peers that a package leaves to its user. */
const PEERS = ['@electric-sql/pglite', 'pg']

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

function pack({ path }: Pick<Package, 'path'>, into: string): string {
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

/** Examples in a document, each a complete module. */
function examplesOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code)
}

/** A module that imports every subpath and fails where one exports nothing. */
function importsOf(packages: readonly Package[]): string {
  // What a Web Worker runs is no module for others, and has nothing to export.
  const isModule = (specifier: string): boolean => !specifier.endsWith('-worker')
  const specifiers = JSON.stringify(packages.flatMap(specifiersOf).filter(isModule))
  return `for (const specifier of ${specifiers}) {
  const names = Object.keys(await import(specifier))
  if (names.length === 0) throw new Error(specifier + ' exports nothing')
}\n`
}

/** The documents whose examples are run, by name. */
function documents(packages: readonly Package[]): readonly (readonly [string, string])[] {
  const guides = join(ROOT, 'docs', 'guides')
  return [
    ['roomkeys', join(ROOT, 'README.md')],
    ...packages.map(({ folder, path }) => [folder, join(path, 'README.md')] as const),
    ...readdirSync(guides).map((file) => [`guide-${file}`, join(guides, file)] as const),
  ]
}

function writeConsumer(project: string, packages: readonly Package[]): readonly string[] {
  const modules = new Map([['imports.mts', importsOf(packages)]])
  for (const [name, file] of documents(packages))
    examplesOf(file).forEach((code, index) => modules.set(`${name}-${index + 1}.mts`, code))
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

/** An empty folder in which the command is installed as its users do. */
function installCommand(work: string, tarballs: readonly string[]): string {
  const folder = join(work, 'command')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  execFileSync('npm', ['install', '--silent', ...tarballs], { cwd: folder, stdio: 'pipe' })
  return folder
}

/** What the command is asked, in this order; `snapshot` differs from Node to Node. */
function questions(snapshot: string): readonly (readonly string[])[] {
  return [['--version'], ['status', '--json'], ['download', '-o', snapshot], ['decrypt', snapshot]]
}

/** The steps that use the command on one Node. */
function commandSteps(node: string, work: string, env: Use['env']): readonly Step[] {
  const path = [dirname(node), process.env['PATH'] ?? ''].join(delimiter)
  const token = env['MATRIX_ACCESS_TOKEN'] ?? ''
  const snapshot = `snapshot${node.replaceAll(/\W/g, '-')}.json`
  return questions(snapshot).map((args) => ({
    what: `roomkeys ${args[0] ?? ''} with ${node}`,
    command: 'npx',
    args: ['--no-install', 'roomkeys', ...args],
    cwd: join(work, 'command'),
    env: { ...env, PATH: path, ROOMKEYS_ACCESS_TOKEN: token, XDG_CONFIG_HOME: work },
  }))
}

async function useEverywhere(work: string, files: readonly string[]): Promise<readonly string[]> {
  const nodes = NODE_MAJORS.map((major) => installNode(major, work))
  const server = await startExampleServer()
  const { env } = server
  try {
    return await runAll([
      ...nodes.flatMap((node) => useSteps(node, work, { files, env })),
      ...nodes.flatMap((node) => commandSteps(node, work, env)),
    ])
  } finally {
    await server.close()
  }
}

async function check(work: string): Promise<readonly string[]> {
  const packages = listPackages()
  const tarballs = packages.map((one) => pack(one, work))
  const lint = packages.flatMap(({ manifest }, i) => lintSteps(manifest.name, tarballs[i] ?? ''))
  const problems = [...(await runAll(lint))]
  const command = pack(COMMAND, work)
  problems.push(...(await runAll(lintSteps('roomkeys', command).slice(0, 1))))
  installCommand(work, [...tarballs, command])
  const files = writeConsumer(createConsumer(work, tarballs), packages)
  const used = await useEverywhere(work, files)
  console.log(
    `${packages.length + 1} tarballs, ${files.length} modules and the command on Node ${NODE_MAJORS.join(', ')}`,
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
