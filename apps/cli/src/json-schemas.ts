/** The shape of what every command prints with `--json`: one JSON Schema each. */
import { EXIT } from './exit-codes.ts'
import { schema as attachmentDecrypt } from './schemas/attachment-decrypt.ts'
import { schema as attachmentEncrypt } from './schemas/attachment-encrypt.ts'
import { schema as conformance } from './schemas/conformance.ts'
import { schema as decrypt } from './schemas/decrypt.ts'
import { schema as diff } from './schemas/diff.ts'
import { schema as doctor } from './schemas/doctor.ts'
import { schema as download } from './schemas/download.ts'
import { schema as eventsDecrypt } from './schemas/events-decrypt.ts'
import { schema as exportKeys } from './schemas/export.ts'
import { schema as fileDecrypt } from './schemas/file-decrypt.ts'
import { schema as fileEncrypt } from './schemas/file-encrypt.ts'
import { schema as fileFilter } from './schemas/file-filter.ts'
import { schema as fileMerge } from './schemas/file-merge.ts'
import { schema as importKeys } from './schemas/import.ts'
import { schema as keyGenerate } from './schemas/key-generate.ts'
import { schema as keyInspect } from './schemas/key-inspect.ts'
import { schema as login } from './schemas/login.ts'
import { schema as logout } from './schemas/logout.ts'
import { schema as migrate } from './schemas/migrate.ts'
import { schema as rotate } from './schemas/rotate.ts'
import { schema as secretGet } from './schemas/secret-get.ts'
import { schema as secretList } from './schemas/secret-list.ts'
import { schema as secretStore } from './schemas/secret-store.ts'
import { schema as serve } from './schemas/serve.ts'
import { schema as status } from './schemas/status.ts'
import { schema as verify } from './schemas/verify.ts'
import { schema as versions } from './schemas/versions.ts'
import { schema as versionsDelete } from './schemas/versions-delete.ts'
import { schema as versionsShow } from './schemas/versions-show.ts'
import { type JsonSchema, nullable, objectOf, TEXT } from './schemas/shape.ts'

/** What a failure prints on standard error with `--json`. */
const error: JsonSchema = {
  title: 'A failure',
  ...objectOf({
    roomkeys: { const: 1 },
    error: objectOf({
      code: TEXT,
      message: TEXT,
      hint: nullable(TEXT),
      exit_code: { enum: Object.values(EXIT) },
    }),
  }),
}

/** By the name of the command. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  login: login,
  logout: logout,
  status: status,
  doctor: doctor,
  versions: versions,
  'versions show': versionsShow,
  'versions delete': versionsDelete,
  'key generate': keyGenerate,
  'key inspect': keyInspect,
  'secret list': secretList,
  'secret get': secretGet,
  'secret store': secretStore,
  download: download,
  verify: verify,
  export: exportKeys,
  diff: diff,
  import: importKeys,
  rotate: rotate,
  migrate: migrate,
  decrypt: decrypt,
  'file decrypt': fileDecrypt,
  'file encrypt': fileEncrypt,
  'file merge': fileMerge,
  'file filter': fileFilter,
  'events decrypt': eventsDecrypt,
  'attachment decrypt': attachmentDecrypt,
  'attachment encrypt': attachmentEncrypt,
  serve: serve,
  conformance: conformance,
}

/** All schemas as one document. */
export const CLI_SCHEMA: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'What the roomkeys command prints with --json, version 1',
  $defs: { ...SCHEMAS, error },
}
