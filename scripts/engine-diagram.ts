// Makes the diagrams of docs/backup-engine.md from the engine's table of states and events.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withDiagrams } from '../packages/backup/test/engine/diagram.ts'
import { ROOT } from './packages.ts'

const page = join(ROOT, 'docs', 'backup-engine.md')
writeFileSync(page, withDiagrams(readFileSync(page, 'utf8')))
console.log('docs/backup-engine.md is up to date')
