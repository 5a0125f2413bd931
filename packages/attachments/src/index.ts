/** Encrypted attachments: encrypting and decrypting files, as a whole, as streams, and in ranges. */
export {
  decryptAttachment,
  decryptAttachmentBuffered,
  decryptAttachmentStream,
  MAX_BUFFERED_LENGTH,
} from './decrypt.ts'
export { decryptUnverifiedRange, decryptUnverifiedUntilEnd } from './decrypt-unverified.ts'
export { encryptAttachment, encryptAttachmentStream } from './encrypt.ts'
export { encryptedFileSchema, uploadedFileSchema } from './encrypted-file.ts'
export { AttachmentError } from './errors.ts'
export { findEncryptedFiles, parseEncryptedFile, parseUploadedFile } from './parse-file.ts'
export { noblePrimitives, platformPrimitives, webCryptoPrimitives } from './primitives.ts'

export type {
  DecryptBufferedOptions,
  DecryptOptions,
  DecryptStreamOptions,
  OpenCiphertext,
} from './decrypt.ts'
export type { CiphertextPart, DecryptRangeOptions } from './decrypt-unverified.ts'
export type {
  EncryptedAttachment,
  EncryptingStream,
  EncryptOptions,
  EncryptStreamOptions,
} from './encrypt.ts'
export type {
  AttachmentKey,
  EncryptedFile,
  EncryptedFileHashes,
  UploadedFile,
} from './encrypted-file.ts'
export type { AttachmentErrorCode } from './errors.ts'
export type { FilePlace, FoundFile } from './parse-file.ts'
export type { CtrCipher, Primitives, Sha256 } from './primitives.ts'
