// The providers that browsers take, whatever the conditions of this runtime: they are not exported to it.
import type { Agreements, SharedSecrets } from '@roomkeys/crypto/x25519'

function moduleOf(name: string): string {
  return new URL(`../packages/crypto/dist/${name}.js`, import.meta.url).href
}

const secrets = (await import(moduleOf('shared-secrets'))) as {
  readonly platformSharedSecrets: SharedSecrets
}
const agreements = (await import(moduleOf('agreements'))) as {
  readonly platformAgreements: Agreements
}

/** Shared secrets by WebCrypto. */
export const webSharedSecrets: SharedSecrets = secrets.platformSharedSecrets
/** Agreements by WebCrypto. */
export const webAgreements: Agreements = agreements.platformAgreements
