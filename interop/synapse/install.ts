/** Synapse from PyPI, the newest there is, in a virtual environment of its own. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where it lives: a cache that git and every tool ignore. */
const ENVIRONMENT = join(import.meta.dirname, '../../node_modules/.cache/synapse')

/** The Python that has Synapse. */
export const PYTHON: string = join(ENVIRONMENT, 'bin', 'python')

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Installs Synapse, or brings it up to date; returns its version. */
export function installSynapse(): string {
  if (!existsSync(PYTHON)) run('python3', ['-m', 'venv', ENVIRONMENT])
  const pip = ['-m', 'pip', '--quiet', '--disable-pip-version-check']
  run(PYTHON, [...pip, 'install', '--upgrade', 'matrix-synapse'])
  return run(PYTHON, [
    '-c',
    "from importlib.metadata import version; print(version('matrix-synapse'))",
  ]).trim()
}
