/** Whole flows of matrix-js-sdk with Rust crypto, against our server. */
import { describeFlows } from './flows/js-sdk-flows.ts'
import { openOwnHomeserver } from './flows/own-homeserver.ts'

describeFlows('@roomkeys/server', openOwnHomeserver)
