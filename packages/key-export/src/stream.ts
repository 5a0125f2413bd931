/** Key export files of any size, read and written in bounded memory. */
export { MAX_ENTRY_DEPTH, MAX_ENTRY_LENGTH } from './array-splitter.ts'
export { decryptKeyExportStream } from './decrypt-key-export-stream.ts'
export {
  encryptKeyExportStream,
  serialiseSessions,
  wrapArmorStream,
} from './encrypt-key-export-stream.ts'
export { sealPayloadStream } from './seal-payload-stream.ts'
export { unwrapArmorStream } from './source.ts'

export type { DecryptKeyExportStreamOptions } from './decrypt-key-export-stream.ts'
export type { Sessions } from './encrypt-key-export-stream.ts'
export type { KeyExportChunks, KeyExportSource } from './source.ts'
