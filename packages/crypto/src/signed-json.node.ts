/**
 * Signed JSON.
 *
 * The signature covers the canonical JSON of the whole object but `signatures` and `unsigned`, so
 * objects are signed and verified as they came, unknown keys included.
 *
 * By OpenSSL, through `node:crypto`: for Node, Bun and Deno.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#signing-json
 */
import { decodeBase64, encodeBase64 } from './base64.node.ts'
import { ed25519Sign, ed25519Verify } from './ed25519.node.ts'
import { type JsonSigning, jsonSigningBy } from './json-signing.ts'

export { signableBytes } from './signable-json.ts'
export type { SignatureState, Signer } from './json-signing.ts'
export type { RawObject } from './signable-json.ts'

const signing: JsonSigning = /* @__PURE__ */ jsonSigningBy({
  decodeBase64,
  encodeBase64,
  ed25519Sign,
  ed25519Verify,
})

/** Signs an object with an Ed25519 seed. */
export const signJson: JsonSigning['signJson'] = signing.signJson

/** Checks one signature of an object. */
export const verifyJson: JsonSigning['verifyJson'] = signing.verifyJson
