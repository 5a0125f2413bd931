/** Inbound group sessions as other libraries store them: pickles of libolm and vodozemac, read. */
export { MAX_PICKLE_LENGTH } from './pickles/encryption.ts'
export { PickleError } from './pickles/errors.ts'
export { parseLibolmPickle, unpickleLibolm } from './pickles/libolm.ts'
export { parseVodozemacPickle, unpickleVodozemac } from './pickles/vodozemac.ts'

export type { PickleErrorCode } from './pickles/errors.ts'
export type { UnpickledSession } from './pickles/unpickled-session.ts'
