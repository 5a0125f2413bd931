/** A holder for secret bytes: it never prints them, and it can overwrite them. */
import type { Bytes } from './bytes.ts'

const REDACTED = '[secret]'
const NOTHING = /* @__PURE__ */ new Uint8Array()

/**
 * Secret bytes. Printing, logging or serialising the holder shows none of them: the field is private,
 * which `util.inspect` honours too.
 */
export class SecretBytes {
  #bytes: Bytes
  #destroyed = false

  /** Takes a copy; the caller may overwrite the original. */
  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes)
  }

  /** Takes bytes over without a copy: the caller neither keeps nor changes them. */
  static takeOver(bytes: Bytes): SecretBytes {
    const secret = new SecretBytes(NOTHING)
    secret.#bytes = bytes
    return secret
  }

  /**
   * The bytes themselves, not a copy: do not keep or change them.
   *
   * @throws TypeError once destroyed
   */
  expose(): Bytes {
    if (this.#destroyed) throw new TypeError('This secret has been destroyed')
    return this.#bytes
  }

  /** Overwrites the bytes with zeros. */
  destroy(): void {
    this.#bytes.fill(0)
    this.#destroyed = true
  }

  /** Destroys the secret at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.destroy()
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }
}
