// Makes docs/cli.md and docs/cli-schema.json from the definitions of the command's commands.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'prettier'
import { cliPage } from '../apps/cli/docs/page.ts'
import { CLI_SCHEMA } from '../apps/cli/src/json-schemas.ts'
import { ROOT } from './packages.ts'

const STYLE = { semi: false, singleQuote: true, printWidth: 100 }

/** Tests hold the command to exactly these members; readers have to live with new ones. */
function open(key: string, value: unknown): unknown {
  return key === 'additionalProperties' && value === false ? undefined : value
}

/** The files of the documentation, by path. */
export async function cliDocs(): Promise<ReadonlyMap<string, string>> {
  const schema = JSON.stringify(CLI_SCHEMA, open)
  return new Map([
    [join(ROOT, 'docs', 'cli.md'), await format(cliPage(), { ...STYLE, parser: 'markdown' })],
    [join(ROOT, 'docs', 'cli-schema.json'), await format(schema, { ...STYLE, parser: 'json' })],
  ])
}

if (import.meta.main)
  for (const [path, text] of await cliDocs()) {
    writeFileSync(path, text)
    console.log(`${path} is up to date`)
  }
