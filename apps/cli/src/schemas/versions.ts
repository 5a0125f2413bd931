/** What `versions --json` prints. */
import { documentOf, type JsonSchema, listOf, nullable, objectOf, TEXT } from './shape.ts'
import { VERSION } from './version.ts'

/** The document; the newest version first. */
export const schema: JsonSchema = documentOf('versions', {
  current: nullable(TEXT),
  versions: listOf(VERSION),
  unreadable: listOf(objectOf({ version: TEXT, code: TEXT })),
})
