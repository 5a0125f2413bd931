/** The example of RFC 7748, section 6.1: what a platform's X25519 has to answer. */

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

/** Alice's private key. */
export const ALICE_PRIVATE_KEY: Uint8Array = /* @__PURE__ */ fromHex(
  '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
)

/** Alice's public key. */
export const ALICE_PUBLIC_KEY: Uint8Array = /* @__PURE__ */ fromHex(
  '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
)

/** Bob's public key. */
export const BOB_PUBLIC_KEY: Uint8Array = /* @__PURE__ */ fromHex(
  'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
)

/** What the two agree on. */
export const SHARED_SECRET: Uint8Array = /* @__PURE__ */ fromHex(
  '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
)
