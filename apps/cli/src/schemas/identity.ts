/** What a key is to an account. */
import { FLAG, type JsonSchema, nullable, objectOf, oneOf, TEXT } from './shape.ts'

/** One of the kinds. */
export const IDENTITY: JsonSchema = {
  oneOf: [
    objectOf({ kind: { const: 'backup_key' }, version: TEXT }),
    objectOf({
      kind: { const: 'secret_storage_key' },
      key_id: TEXT,
      check: oneOf('match', 'unknown'),
      opens_backup: nullable(FLAG),
    }),
    objectOf({ kind: { const: 'older_backup_key' }, version: TEXT }),
    objectOf({ kind: { const: 'neither' }, reason: TEXT }),
  ],
}
