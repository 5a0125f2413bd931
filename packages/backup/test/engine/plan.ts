/** Random plans: what is there, what goes wrong, what others do meanwhile. */
import type { Provenance } from '@roomkeys/megolm'
import fc from 'fast-check'
import type { ApiErrorCode } from '../../src/ports.ts'
import type { Copy } from './world.ts'

/** A session at home, and what the server has of it. */
export interface KeyPlan {
  readonly index: number
  readonly origin: Provenance['kind'] & ('direct' | 'export_file')
  readonly truth: 'genuine' | 'false'
  /** In the store from the start, or when the engine has come to rest. */
  readonly comes: 'first' | 'later'
  readonly held: Copy | null
}

/** What happens beside a call, or to it. */
export type Trouble =
  | { readonly kind: 'cut_before' | 'cut_after' | 'slow' }
  | { readonly kind: 'answer'; readonly code: ApiErrorCode; readonly retryAfterMs: number | null }
  /** Another device. */
  | { readonly kind: 'same_key' | 'other_key' | 'delete' }
  | { readonly kind: 'upload'; readonly number: number; readonly index: number }
  /** The app. */
  | {
      readonly kind: 'command'
      readonly type:
        | 'offline'
        | 'online'
        | 'download_began'
        | 'download_ended'
        | 'recheck'
        | 'hurry'
        | 'keys_added'
    }

/** A plan. */
export interface Plan {
  readonly rule: 'specification' | 'any_is_better'
  readonly mode: 'full' | 'upload_only'
  readonly start: 'create' | 'enable' | 'resume'
  readonly hasOldVersion: 'none' | 'theirs'
  readonly keys: readonly KeyPlan[]
  /** Sessions that the server refuses for ever. */
  readonly refused: readonly number[]
  readonly maxKeys: number
  /** By the position of the call. */
  readonly troubles: readonly (readonly [number, Trouble])[]
  /** Numbers of calls of any port after which the process ends, before or after the call. */
  readonly crashes: readonly (readonly [number, 'before' | 'after'])[]
}

const INDEXES = [0, 0, 3, 40]

const copyArbitrary = (index: number): fc.Arbitrary<Copy> =>
  fc.record({
    index: fc.constantFrom(0, 2, 3, 17, 90),
    // What shuts a key from index 0 out cannot be seen without reading before every upload.
    truth: fc.constantFrom<Copy['truth']>('genuine', index > 0 ? 'false' : 'genuine'),
    isVerified: fc.constantFrom(false, index > 0),
    forwardedCount: fc.constantFrom(0, 0, 1, 5),
  })

type Truth = Pick<KeyPlan, 'origin' | 'truth'>

const TRUE: readonly Truth[] = [
  { origin: 'direct', truth: 'genuine' },
  { origin: 'export_file', truth: 'genuine' },
]
const FALSE: readonly Truth[] = [{ origin: 'export_file', truth: 'false' }]

const keyArbitrary = (mode: Plan['mode']): fc.Arbitrary<KeyPlan> =>
  fc.constantFrom(...INDEXES).chain((index) =>
    fc
      .record({
        index: fc.constant(index),
        // What comes from its maker is true; a false copy came by a file. Metadata cannot tell them.
        truth: fc.constantFrom(...TRUE, ...(index > 0 && mode === 'full' ? FALSE : [])),
        comes: fc.constantFrom<KeyPlan['comes']>('first', 'first', 'later'),
        held: fc.option(copyArbitrary(index)),
      })
      .map(({ truth, ...key }): KeyPlan => ({ ...key, ...truth })),
  )

const answerArbitrary: fc.Arbitrary<Trouble> = fc.record({
  kind: fc.constant('answer' as const),
  code: fc.constantFrom<ApiErrorCode>(
    'offline',
    'timeout',
    'rate_limited',
    'server_error',
    'too_large',
    'wrong_version',
    'version_not_found',
    'unauthorized',
    'bad_answer',
  ),
  retryAfterMs: fc.option(fc.constantFrom(0, 1, 5_000), { nil: null }),
})

const commandArbitrary: fc.Arbitrary<Trouble> = fc.record({
  kind: fc.constant('command'),
  type: fc.constantFrom(
    'offline',
    'online',
    'download_began',
    'download_ended',
    'recheck',
    'hurry',
    'keys_added',
  ),
})

const troubleArbitrary: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('cut_before', 'cut_after', 'slow') }) },
  { weight: 5, arbitrary: answerArbitrary },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('same_key', 'same_key', 'delete') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('other_key') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('upload'),
      number: fc.nat({ max: 6 }),
      index: fc.constantFrom(0, 1, 17, 90),
    }),
  },
  { weight: 3, arbitrary: commandArbitrary },
)

/** Plans. */
export const planArbitrary: fc.Arbitrary<Plan> = fc
  .constantFrom<Plan['mode']>('full', 'full', 'upload_only')
  .chain((mode) =>
    fc.record({
      rule: fc.constantFrom<Plan['rule']>('specification', 'any_is_better'),
      mode: fc.constant(mode),
      start:
        mode === 'full'
          ? fc.constantFrom<Plan['start']>('create', 'enable', 'resume')
          : fc.constantFrom<Plan['start']>('enable', 'resume'),
      hasOldVersion: fc.constantFrom<Plan['hasOldVersion']>('none', 'theirs'),
      keys: fc.array(keyArbitrary(mode), { minLength: 1, maxLength: 7 }),
      refused: fc.oneof(fc.constant([]), fc.uniqueArray(fc.nat({ max: 6 }), { maxLength: 3 })),
      maxKeys: fc.constantFrom(1, 2, 3, 1_000),
      troubles: fc.uniqueArray(fc.tuple(fc.nat({ max: 24 }), troubleArbitrary), {
        maxLength: 8,
        selector: ([position]) => position,
      }),
      crashes: fc.array(
        fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom('before', 'after')),
        { maxLength: 3 },
      ),
    }),
  )
