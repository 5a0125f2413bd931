/** Answers that say no more than that it is done. */
import { jsonObjectSchema, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'

/** Parses a JSON object and leaves it at that. */
export const doneSchema: WireSchema<void> = v.pipe(
  jsonObjectSchema,
  v.rawTransform((): void => undefined),
)
