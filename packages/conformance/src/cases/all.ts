/** Every case, theme by theme. */
import type { ConformanceCase } from '../case.ts'
import { AUTH_CASES } from './auth.ts'
import { BETTER_KEY_CASES } from './better-keys.ts'
import { BODY_CASES } from './bodies.ts'
import { CONCURRENCY_CASES } from './concurrency.ts'
import { DELETION_CASES } from './deletions.ts'
import { DOWNLOAD_CASES } from './downloads.ts'
import { ETAG_CASES } from './etags.ts'
import { FUZZED_VERSION_CASES } from './fuzzed-versions.ts'
import { HOSTILE_CASES } from './hostile.ts'
import { ID_CASES } from './ids.ts'
import { ISOLATION_CASES } from './isolation.ts'
import { KEY_VALIDATION_CASES } from './key-validation.ts'
import { LIFECYCLE_CASES } from './lifecycle.ts'
import { LIMIT_CASES } from './limits.ts'
import { MERGING_CASES } from './merging.ts'
import { OPAQUE_CASES } from './opaque.ts'
import { ROUTING_CASES } from './routing.ts'
import { SPECIAL_ID_CASES } from './special-ids.ts'
import { UPDATE_CASES } from './updates.ts'
import { UPLOAD_CASES } from './uploads.ts'
import { VERSION_CASES } from './versions.ts'

/** Every case of the kit. */
export const CASES: readonly ConformanceCase[] = Object.freeze([
  ...VERSION_CASES,
  ...UPDATE_CASES,
  ...LIFECYCLE_CASES,
  ...UPLOAD_CASES,
  ...MERGING_CASES,
  ...DOWNLOAD_CASES,
  ...DELETION_CASES,
  ...BETTER_KEY_CASES,
  ...ETAG_CASES,
  ...BODY_CASES,
  ...KEY_VALIDATION_CASES,
  ...ID_CASES,
  ...SPECIAL_ID_CASES,
  ...ROUTING_CASES,
  ...AUTH_CASES,
  ...ISOLATION_CASES,
  ...FUZZED_VERSION_CASES,
  ...OPAQUE_CASES,
  ...HOSTILE_CASES,
  ...CONCURRENCY_CASES,
  ...LIMIT_CASES,
])
