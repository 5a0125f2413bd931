/** The signatures on the current version. */
import type { BackupVersionInfo } from '@roomkeys/types'
import type { TrustReport } from '../trust/report.ts'
import type { AuthDataSignature, AuthDataSignatureState } from '../trust/signatures.ts'
import type { Evidence } from './evidence.ts'
import { type Finding, finding, MAX_SIGNERS_SHOWN, type SignerFacts } from './finding.ts'
import type { Fix } from './fix.ts'
import { currentOf, holdersOf, publicKeyOf, valueOf } from './known.ts'

/** What the findings here are made from. */
interface Subject {
  readonly version: string
  readonly report: TrustReport
  readonly isTrusted: boolean
  readonly keyIsHeld: boolean
}

function inState(
  { report }: Subject,
  wanted: AuthDataSignatureState,
): readonly AuthDataSignature[] {
  return report.signatures.filter(({ state }) => state === wanted)
}

function signers({ version }: Subject, signatures: readonly AuthDataSignature[]): SignerFacts {
  const shown = signatures.slice(0, MAX_SIGNERS_SHOWN)
  return {
    version,
    signers: shown.map(({ userId, keyId }) => ({ userId, keyId })),
    total: signatures.length,
  }
}

/** The key proves whose version it is; without it, a person must bring it. */
function repairFix({ version, keyIsHeld }: Subject): Fix {
  return { action: keyIsHeld ? 'repair_version' : 'enter_decryption_key', version }
}

function invalid(subject: Subject): readonly Finding[] {
  const { version, isTrusted, report } = subject
  const found = inState(subject, 'invalid')
  if (found.length === 0) return []
  const { isSignable } = report
  const evidence = { ...signers(subject, found), isTrusted, isSignable }
  const repair: Fix = isTrusted ? { action: 'sign_version', version } : repairFix(subject)
  // No signature can be put on what has no canonical JSON.
  const fix: Fix = isSignable ? repair : { action: 'replace_version', version }
  const severity = isTrusted ? 'warning' : 'error'
  return [finding('signatures_invalid', { severity, evidence, fix })]
}

function notTrusted(subject: Subject): readonly Finding[] {
  const evidence = signers(subject, inState(subject, 'valid_not_trusted'))
  const fix: Fix = subject.keyIsHeld ? repairFix(subject) : { action: 'verify_device' }
  return [finding('signers_not_trusted', { severity: 'warning', evidence, fix })]
}

function worthless(subject: Subject): readonly Finding[] {
  const { version, keyIsHeld } = subject
  const severity = keyIsHeld ? 'warning' : 'error'
  const fix = repairFix(subject)
  const unknown = inState(subject, 'unknown_key')
  if (unknown.length === 0)
    return [finding('version_unsigned', { severity, evidence: { version, keyIsHeld }, fix })]
  const evidence = { ...signers(subject, unknown), keyIsHeld }
  return [finding('signed_by_unknown_keys', { severity, evidence, fix })]
}

function trustFindings(subject: Subject): readonly Finding[] {
  if (subject.isTrusted) return []
  if (inState(subject, 'valid_not_trusted').length > 0) return notTrusted(subject)
  return inState(subject, 'invalid').length > 0 ? [] : worthless(subject)
}

function masterSignature(subject: Subject): readonly Finding[] {
  const { version, isTrusted } = subject
  const isMissing = inState(subject, 'missing').some(({ signer }) => signer.kind === 'master_key')
  if (!isTrusted || !isMissing) return []
  const fix = { action: 'sign_version', version } as const
  return [finding('master_signature_missing', { severity: 'info', evidence: { version }, fix })]
}

function subjectOf(evidence: Evidence, current: BackupVersionInfo, report: TrustReport): Subject {
  return {
    version: current.version,
    report,
    isTrusted: report.signatures.some(({ state }) => state === 'valid_trusted'),
    keyIsHeld: holdersOf(evidence, publicKeyOf(current)).length > 0,
  }
}

/** Findings on the signatures. That a key matches does not sign: other devices do not see it. */
export function checkTrust(evidence: Evidence): readonly Finding[] {
  const { trust } = evidence
  if (trust.state === 'failed') {
    const fix = { action: 'retry' } as const
    const { failure } = trust
    return [finding('identity_unreadable', { severity: 'warning', evidence: { failure }, fix })]
  }
  const current = currentOf(evidence)
  const report = valueOf(trust)
  if (current === null || report === null) return []
  const subject = subjectOf(evidence, current, report)
  return [...invalid(subject), ...trustFindings(subject), ...masterSignature(subject)]
}
