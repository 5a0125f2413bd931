import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { cliDocs } from './cli-docs.ts'

it('the documentation of the command is up to date', async () => {
  for (const [path, text] of await cliDocs())
    expect(await readFile(path, 'utf8'), 'run node scripts/cli-docs.ts').toBe(text)
})
