/** The command against our server. */
import { describeCommand } from './flows/cli-flows.ts'
import { openOwnHomeserver } from './flows/own-homeserver.ts'

describeCommand('@roomkeys/server', openOwnHomeserver)
