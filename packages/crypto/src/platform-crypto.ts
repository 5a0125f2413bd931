/**
 * The platform's WebCrypto as it really is: absent in some runtimes, and without `subtle` on insecure
 * origins.
 */
function platformCrypto(): Partial<Crypto> | undefined {
  return globalThis.crypto
}

/** The platform's `subtle`, where there is one. */
export function platformSubtle(): SubtleCrypto | undefined {
  return platformCrypto()?.subtle
}
