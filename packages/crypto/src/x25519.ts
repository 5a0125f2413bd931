/**
 * X25519 (RFC 7748), one at a time, and the providers that compute it in batches.
 *
 * What is one at a time is synchronous, and so in plain TypeScript; Node has a module of its own, chosen
 * by the `node` condition. The platform's providers are in `shared-secrets`, and for writing in
 * `agreements`.
 */
export { nobleAgreements, nobleSharedSecrets } from './noble-providers.ts'
export { sharedSecret, x25519PublicKey } from './x25519-single.ts'
export { X25519_KEY_LENGTH } from './providers.ts'

export type { Agreement, Agreements, SharedSecrets } from './providers.ts'
