/** Synapse as whoever starts this script may use it: `node synapse.ts '{}'`. Installs it if need be. */
import { installSynapse } from '../synapse/install.ts'
import { startSynapse } from '../synapse/start.ts'
import { announce } from './announce.ts'

const version = installSynapse()
const { baseUrl, registrationSecret, pid, stop } = await startSynapse()
announce({ version, url: baseUrl, registrationSecret, pid }, stop)
