/** The client: its version, its key, and what it has uploaded. */
import type { BackupVersionInfo } from '@roomkeys/types'
import type { ClientFacts, Evidence } from './evidence.ts'
import { type Finding, finding } from './finding.ts'
import type { Fix } from './fix.ts'
import { currentOf, defaultKeyIdOf, holdersOf, publicKeyOf, storedFor } from './known.ts'
import { versionNumber } from './version-number.ts'

/** A client beside the current version. */
interface Subject {
  readonly evidence: Evidence
  readonly client: ClientFacts
  readonly current: BackupVersionInfo
}

/** Versions are opaque, but those that are numbers count up. */
function isNewer(version: string, current: string): boolean {
  const [a, b] = [versionNumber(version), versionNumber(current)]
  return a !== null && b !== null && a > b
}

function version({ evidence, client, current }: Subject): readonly Finding[] {
  const { version } = client
  if (version === null || version === current.version) return []
  const facts = { version, current: current.version }
  const fix = { action: 'use_version', version: current.version } as const
  const draft = { severity: 'error', evidence: facts, fix } as const
  if (evidence.gone.includes(version))
    return [
      finding(isNewer(version, current.version) ? 'version_deleted' : 'client_version_gone', draft),
    ]
  const exists = evidence.older.some((older) => older.version === version)
  return [finding('client_version_not_current', { ...draft, evidence: { ...facts, exists } })]
}

/** Where the client gets the right key from. */
function loadKeyFix({ evidence, current }: Subject): Fix {
  const holders = holdersOf(evidence, publicKeyOf(current))
  for (const from of ['secret_storage', 'superseded_keys'] as const)
    if (holders.includes(from)) return { action: 'load_key', from }
  const isUntried = evidence.storageKeys.every(({ given }) => given === 'not_given')
  return storedFor(evidence).length > 0 && isUntried
    ? { action: 'enter_storage_key', keyId: defaultKeyIdOf(evidence) }
    : { action: 'enter_decryption_key', version: current.version }
}

function key(subject: Subject): readonly Finding[] {
  const { client, current } = subject
  const publicKey = publicKeyOf(current)
  const { version } = current
  if (publicKey === null || client.publicKey === publicKey) return []
  const fix = loadKeyFix(subject)
  if (client.publicKey === null)
    return [finding('client_key_missing', { severity: 'warning', evidence: { version }, fix })]
  const isSameVersion = client.version === version
  const facts = { version, publicKey, clientPublicKey: client.publicKey, isSameVersion }
  return [finding('client_key_mismatch', { severity: 'error', evidence: facts, fix })]
}

function counts({ client, current }: Subject): readonly Finding[] {
  const { total, pending } = client
  const { version, count } = current
  if (client.version !== version || total === null || pending === null) return []
  const uploaded = total - pending
  if (count >= uploaded) return []
  const facts = { version, serverCount: count, uploaded }
  const fix = { action: 'upload_again', version } as const
  return [finding('server_count_lower', { severity: 'error', evidence: facts, fix })]
}

function etag({ client, current }: Subject): readonly Finding[] {
  const { version, etag } = current
  const seen = client.etag
  if (client.version !== version || seen === null || seen === etag) return []
  const fix = { action: 'restore', version } as const
  const facts = { version, seen, etag }
  return [finding('changed_since_seen', { severity: 'info', evidence: facts, fix })]
}

/** Findings on the client. */
export function checkClient(evidence: Evidence): readonly Finding[] {
  const { client } = evidence
  const current = currentOf(evidence)
  if (client === null || current === null) return []
  const subject = { evidence, client, current }
  return [...version(subject), ...key(subject), ...counts(subject), ...etag(subject)]
}
