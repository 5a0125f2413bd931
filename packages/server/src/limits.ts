/** What one request and one user may take. Each is overridable through `createServer`. */
import { DEFAULT_DEVICE_LIMITS, type DeviceLimits } from './devices/limits.ts'

/** The limits of a server. */
export interface Limits extends DeviceLimits {
  /** Longest body of an upload of keys, in bytes. */
  readonly uploadBytes: number
  /** Longest body that creates or updates a version, in bytes; `auth_data` is nearly all of it. */
  readonly versionBytes: number
  /** Longest content of one type of account data, in bytes. */
  readonly accountDataBytes: number
  /** Longest body of any other request, in bytes; sign-in is among them, so it is open to anyone. */
  readonly otherBodyBytes: number
  /** How deep objects and arrays of a body may nest. */
  readonly jsonDepth: number
  readonly keysPerRequest: number
  /** Longest `session_data` of one key, in bytes of JSON. */
  readonly sessionDataBytes: number
  /** Longest identifier, in bytes of UTF-8; lower than Matrix's own 255 at most. */
  readonly idBytes: number
  /** Versions of one user that are not deleted; without a limit unless one is given. */
  readonly versionsPerUser: number
  /** Keys of one version; without a limit unless one is given. */
  readonly keysPerVersion: number
  /** How much of a download is read ahead of its reader, in bytes. */
  readonly readAheadBytes: number
  /** How long a download waits for a reader that takes nothing, in milliseconds. */
  readonly readerStallMs: number
  /** How long a download may take in all, in milliseconds. */
  readonly downloadMs: number
  /** Downloads at once, of one process; each may hold `readAheadBytes` in memory. */
  readonly downloads: number
  readonly downloadsPerUser: number
  /** How long a download waits for others to end before it is refused, in milliseconds. */
  readonly downloadWaitMs: number
}

const KIB = 1024
const MIB = 1024 * KIB

/** The limits that hold unless others are given. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  ...DEFAULT_DEVICE_LIMITS,
  uploadBytes: 20 * MIB,
  versionBytes: 256 * KIB,
  accountDataBytes: MIB,
  otherBodyBytes: 64 * KIB,
  jsonDepth: 100,
  keysPerRequest: 10_000,
  sessionDataBytes: 64 * KIB,
  idBytes: 255,
  versionsPerUser: Number.POSITIVE_INFINITY,
  keysPerVersion: Number.POSITIVE_INFINITY,
  readAheadBytes: 4 * MIB,
  readerStallMs: 30_000,
  downloadMs: 600_000,
  downloads: 16,
  downloadsPerUser: 2,
  downloadWaitMs: 10_000,
})
