/** The command against Synapse. */
import { describeCommand } from '../flows/cli-flows.ts'
import { openSynapse } from './synapse-homeserver.ts'

describeCommand('Synapse', openSynapse)
