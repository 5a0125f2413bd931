/** Whole flows of matrix-js-sdk with Rust crypto, against Synapse. */
import { describeFlows } from '../flows/js-sdk-flows.ts'
import { openSynapse } from './synapse-homeserver.ts'

describeFlows('Synapse', openSynapse)
