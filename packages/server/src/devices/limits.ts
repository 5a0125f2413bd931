/** What devices and their keys may take. Part of the limits of a server. */

/** Limits of devices, of messages between them and of `/sync`. */
export interface DeviceLimits {
  readonly devicesPerUser: number
  /** Longest display name of a device, in bytes. */
  readonly displayNameBytes: number
  /** Longest body with keys, signatures or queries for them, in bytes. */
  readonly keysBodyBytes: number
  /** Longest key object (device keys, a cross-signing key, a one-time key), in bytes of JSON. */
  readonly keyObjectBytes: number
  /** One-time keys that a device may have waiting on the server. */
  readonly oneTimeKeysPerDevice: number
  /** Algorithms of fallback keys; each has one key. */
  readonly fallbackAlgorithms: number
  /** Users, or devices where devices are named one by one, that one request may ask about. */
  readonly targetsPerRequest: number
  /** Longest answer of a query for keys, in characters of JSON. */
  readonly queryAnswerLength: number
  /** Signed objects in one upload of signatures; each costs a verification. */
  readonly signedObjectsPerRequest: number
  /** Signatures that one user may have on keys, their own and those of others. */
  readonly signaturesPerUser: number
  /** Longest body with messages to devices, in bytes. */
  readonly toDeviceBytes: number
  /** Longest content of one message to a device, in bytes of JSON. */
  readonly toDeviceContentBytes: number
  /** Messages that may wait for one device; more are refused until it has taken some. */
  readonly toDeviceQueue: number
  /** Transaction ids of messages that are remembered for a user who receives them, about. */
  readonly toDeviceTransactions: number
  /** Messages that one `/sync` hands over at most. */
  readonly toDevicePerSync: number
  readonly accountDataTypes: number
  /** All account data of one user, in bytes; an initial `/sync` lists it all. */
  readonly accountDataTotalBytes: number
  readonly filtersPerUser: number
  /** Longest filter, in bytes of JSON. */
  readonly filterBytes: number
  /** Requests for `/sync` that one user may have going on in one process. */
  readonly syncsPerUser: number
  /** The longest that `/sync` waits, in milliseconds. */
  readonly syncTimeoutMs: number
  /** How often a waiting `/sync` looks for what another process wrote, in milliseconds. */
  readonly syncPollMs: number
}

const KIB = 1024
const MIB = 1024 * KIB

/** The limits that hold unless others are given. */
export const DEFAULT_DEVICE_LIMITS: DeviceLimits = Object.freeze({
  devicesPerUser: 200,
  displayNameBytes: 255,
  keysBodyBytes: MIB,
  keyObjectBytes: 8 * KIB,
  oneTimeKeysPerDevice: 200,
  fallbackAlgorithms: 10,
  targetsPerRequest: 1000,
  queryAnswerLength: 32 * MIB,
  signedObjectsPerRequest: 200,
  signaturesPerUser: 5000,
  toDeviceBytes: 4 * MIB,
  toDeviceContentBytes: 64 * KIB,
  toDeviceQueue: 5000,
  toDeviceTransactions: 20_000,
  toDevicePerSync: 100,
  accountDataTypes: 1000,
  accountDataTotalBytes: 16 * MIB,
  filtersPerUser: 200,
  filterBytes: 32 * KIB,
  syncsPerUser: 400,
  syncTimeoutMs: 60_000,
  syncPollMs: 1000,
})
