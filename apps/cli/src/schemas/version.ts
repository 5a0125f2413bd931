/** A version of the backup. */
import { ANY_OBJECT, COUNT, type JsonSchema, objectOf, oneOf, TEXT } from './shape.ts'

/** A version; `auth_data` is as the server gave it. */
export const VERSION: JsonSchema = objectOf({
  version: TEXT,
  algorithm: TEXT,
  count: COUNT,
  etag: TEXT,
  auth_data: ANY_OBJECT,
  readable: oneOf('yes', 'malformed_auth_data', 'unsupported_algorithm'),
})
