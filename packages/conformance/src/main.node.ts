#!/usr/bin/env node
/** `roomkeys-conformance`: the kit from the command line. */
import { writeFileSync } from 'node:fs'
import { PLATFORM_SOURCES } from './command/arguments.node.ts'
import { runCommand } from './command/command.node.ts'

const interrupted = new AbortController()
process.once('SIGINT', () => {
  interrupted.abort(new Error('Interrupted'))
})

process.exitCode = await runCommand(process.argv.slice(2), {
  ...PLATFORM_SOURCES,
  writeFile: (path, text) => {
    writeFileSync(path, text)
  },
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
  signal: interrupted.signal,
})
