/** Before the tests: the newest Synapse. */
import { installSynapse } from './install.ts'

/** Installs it, or brings it up to date. */
export default function setup(): void {
  process.stdout.write(`Synapse ${installSynapse()}\n`)
}
