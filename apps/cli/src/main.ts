#!/usr/bin/env node
/** The `roomkeys` command. What is asked most often is answered before anything else is loaded. */
const argv = process.argv.slice(2)

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  const { readVersion } = await import('./version.ts')
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exitCode = 1
    // A reader that went away is no failure to tell.
    if (error.code !== 'EPIPE') process.stderr.write('error: Standard output cannot be written.\n')
  })
  process.stdout.write(`${readVersion()}\n`)
} else {
  const { start } = await import('./start.ts')
  await start(argv)
}
