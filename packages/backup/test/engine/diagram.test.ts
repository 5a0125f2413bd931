import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withDiagrams } from './diagram.ts'

const PAGE = join(import.meta.dirname, '../../../../docs/backup-engine.md')

test('the diagrams of the page are those of the table', () => {
  const page = readFileSync(PAGE, 'utf8')
  expect(page, 'run node scripts/engine-diagram.ts').toBe(withDiagrams(page))
})
