/** What `status --json` prints. */
import { IDENTITY } from './identity.ts'
import {
  COUNT,
  documentOf,
  FLAG,
  type JsonSchema,
  listOf,
  nullable,
  objectOf,
  oneOf,
  TEXT,
} from './shape.ts'

const TRUST = objectOf({
  trusted: FLAG,
  because: TEXT,
  master_key: nullable(oneOf('match', 'mismatch', 'unknown')),
  key_match: TEXT,
  signatures: listOf(objectOf({ user_id: TEXT, key_id: TEXT, signer: TEXT, state: TEXT })),
})

const BACKUP = objectOf({
  version: TEXT,
  algorithm: TEXT,
  supported: FLAG,
  count: COUNT,
  etag: TEXT,
  public_key: nullable(TEXT),
  trust: nullable(TRUST),
})

/**
 * The document. `master_key`: the published one beside the one in secret storage. `unread`: parts that could not be read, with the code of the failure.
 */
export const schema: JsonSchema = documentOf('status', {
  user_id: TEXT,
  homeserver: TEXT,
  backup: nullable(BACKUP),
  key: nullable(IDENTITY),
  preference: nullable(FLAG),
  secret_storage: objectOf({ default_key_id: nullable(TEXT), backup_key_stored: FLAG }),
  unread: { type: 'object', additionalProperties: TEXT },
})
