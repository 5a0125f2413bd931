/**
 * Megolm: session keys in their two formats, the ratchet, group messages, and what a client decides
 * about sessions. Room events are in `@roomkeys/megolm/room-event`.
 */
export { candidateOf, provenanceAt } from './candidate.ts'
export { decryptWithCandidates, MAX_CANDIDATES, mergeCandidate } from './candidates.ts'
export { compareSessions } from './compare.ts'
export { MegolmError } from './errors.ts'
export { advanceTo, decrypt, exportAt } from './inbound.ts'
export { decodeMessage } from './message.ts'
export { createOutboundSession, encrypt, sessionSharingKey } from './outbound.ts'
export { compareProvenance, isAuthenticated } from './provenance.ts'
export { advance, MAX_INDEX, RATCHET_LENGTH } from './ratchet.ts'
export { checkReplay, replayKey } from './replay.ts'
export {
  DEFAULT_ROTATION,
  MAX_ROTATION,
  MIN_ROTATION,
  needsRotation,
  rotationPolicyOf,
} from './rotation.ts'
export { sessionIdOf } from './session.ts'
export { parseSessionExport, serialiseSessionExport } from './session-export.ts'
export { parseSessionSharing, serialiseSessionSharing, signSession } from './session-sharing.ts'

export type { Candidate, Origin } from './candidate.ts'
export type { DecryptedByCandidate, Merged, MergeOutcome } from './candidates.ts'
export type { SessionComparison } from './compare.ts'
export type { MegolmErrorCode } from './errors.ts'
export type { DecryptedMessage, DecryptOptions } from './inbound.ts'
export type { GroupMessage, MessagePayload } from './message.ts'
export type { EncryptedMessage, OutboundSession } from './outbound.ts'
export type { Provenance } from './provenance.ts'
export type { MessageOrigin } from './replay.ts'
export type { RotationPolicy, SessionUse } from './rotation.ts'
export type { InboundSession, MegolmSession } from './session.ts'
export type { SharedMegolmSession } from './session-sharing.ts'
