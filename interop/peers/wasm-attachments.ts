/** Attachments as the Rust crypto stack encrypts and decrypts them. */
import { Attachment, EncryptedAttachment } from '@matrix-org/matrix-sdk-crypto-wasm'
import { type EncryptedFile, parseEncryptedFile } from '@roomkeys/attachments'

/** A file that the Rust stack encrypted. */
export interface WasmAttachment {
  readonly ciphertext: Uint8Array
  readonly file: EncryptedFile
}

/** Takes an encrypted file out of the Rust stack's heap. */
export function takeOut(attachment: EncryptedAttachment): WasmAttachment {
  try {
    const ciphertext = attachment.encryptedData
    return {
      ciphertext,
      file: parseEncryptedFile(JSON.parse(attachment.mediaEncryptionInfo ?? '')),
    }
  } finally {
    attachment.free()
  }
}

/** Encrypts a file. */
export function wasmEncryptAttachment(plaintext: Uint8Array): WasmAttachment {
  return takeOut(Attachment.encrypt(plaintext))
}

/** Decrypts a file; throws when the hash is not that of the ciphertext. */
export function wasmDecryptAttachment(ciphertext: Uint8Array, file: EncryptedFile): Uint8Array {
  const attachment = new EncryptedAttachment(ciphertext, JSON.stringify(file))
  try {
    return Attachment.decrypt(attachment)
  } finally {
    attachment.free()
  }
}
