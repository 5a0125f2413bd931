/**
 * Which of two copies of a key is kept: verified first, then the lower first message index, then the
 * lower forwarded count; a tie keeps the stored one.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeysroomidsessionid
 */
import type { CaseContext, ConformanceCase } from '../case.ts'
import { expectDifferent, expectEqual } from '../checks.ts'
import { keyOf, type Rank } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  expectKey,
  keyPath,
  newPlace,
  upload,
  type UploadId,
  uploadOf,
  UPLOADS,
} from '../requests.ts'

interface Rule {
  readonly id: string
  readonly rule: string
  readonly stored: Rank
  readonly incoming: Rank
  readonly kept: 'stored' | 'incoming'
}

const T = true
const F = false

const TABLE: readonly (readonly [string, string, Rank, Rank, Rule['kept']])[] = [
  ['B1', 'a lower index wins over a lower forwarded count', [F, 10, 5], [F, 9, 9], 'incoming'],
  [
    'B2',
    'a higher index loses, however often the other was forwarded',
    [F, 10, 5],
    [F, 11, 0],
    'stored',
  ],
  [
    'B3',
    'a forwarded copy from the start beats an own one from later on',
    [F, 0, 1],
    [F, 5, 0],
    'stored',
  ],
  ['B4', 'a verified copy beats an unverified one from the start', [T, 10, 5], [F, 0, 0], 'stored'],
  [
    'B5',
    'a verified copy replaces an unverified one from earlier on',
    [F, 10, 5],
    [T, 11, 9],
    'incoming',
  ],
  [
    'B6',
    'an unverified copy loses, although it was forwarded less',
    [T, 10, 5],
    [F, 11, 4],
    'stored',
  ],
  ['B7', 'with the same index the lower forwarded count wins', [F, 10, 5], [F, 10, 4], 'incoming'],
  ['B8', 'a tie keeps the stored copy', [F, 10, 5], [F, 10, 5], 'stored'],
  ['B9a', 'among verified copies the lower index wins', [T, 10, 5], [T, 9, 5], 'incoming'],
  [
    'B9b',
    'among verified copies the lower forwarded count wins',
    [T, 10, 5],
    [T, 10, 4],
    'incoming',
  ],
  ['B10', 'an unverified copy loses to its verified like', [T, 10, 5], [F, 10, 5], 'stored'],
]

const RULES: readonly Rule[] = TABLE.map(([id, rule, stored, incoming, kept]) => ({
  id,
  rule,
  stored,
  incoming,
  kept,
}))

/** Stores one copy, uploads the other, and looks which is there. */
async function compare(
  context: CaseContext,
  rule: Omit<Rule, 'id' | 'rule'>,
  via: UploadId,
): Promise<void> {
  const { user } = context
  const place = await newPlace(context)
  const send = (rank: Rank, label: string): ReturnType<typeof upload> =>
    upload(user, ...uploadOf(via, place, keyOf(rank, label)))
  const before = await send(rule.stored, 'stored')
  const after = await send(rule.incoming, 'incoming')
  const expected = keyOf(rule[rule.kept], rule.kept)
  await expectKey(user, keyPath(place), expected)
  expectEqual(after.count, 1, 'count')
  if (rule.kept === 'stored') expectEqual(after.etag, before.etag, 'the etag of a kept copy')
  else expectDifferent(after.etag, before.etag, 'the etag of a replaced copy')
}

function caseOf(rule: Rule, via: UploadId): ConformanceCase {
  return {
    id: `${rule.id}-${via}`,
    title: `${via}: ${rule.rule}`,
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', via, 'K4'],
    run: (context) => compare(context, rule, via),
  }
}

/** Several copies against the same stored one; each in a backup of its own. */
function seriesOf(
  stored: Rank,
  kept: Rule['kept'],
  copies: readonly Rank[],
): ConformanceCase['run'] {
  return async (context) => {
    for (const incoming of copies) await compare(context, { stored, incoming, kept }, 'K1')
  }
}

export const BETTER_KEY_CASES: readonly ConformanceCase[] = [
  ...RULES.flatMap((rule) => UPLOADS.map((via) => caseOf(rule, via))),
  {
    id: 'C1',
    title: 'No worse copy replaces an unverified one',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4'],
    run: seriesOf([F, 10, 5], 'stored', [
      [F, 11, 5],
      [F, 10, 6],
      [F, 11, 6],
    ]),
  },
  {
    id: 'C2',
    title: 'No worse copy replaces a verified one',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4'],
    run: seriesOf([T, 10, 5], 'stored', [
      [F, 11, 5],
      [F, 10, 6],
      [F, 11, 6],
      [T, 11, 5],
      [T, 10, 6],
      [T, 11, 6],
    ]),
  },
  {
    id: 'C3',
    title: 'Every better copy replaces an unverified one',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4'],
    run: seriesOf([F, 10, 5], 'incoming', [
      [F, 9, 5],
      [F, 10, 4],
      [F, 9, 6],
      [T, 10, 5],
      [T, 11, 6],
      [T, 0, 0],
    ]),
  },
  {
    id: 'C4',
    title: 'Every better copy replaces a verified one',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4'],
    run: seriesOf([T, 10, 5], 'incoming', [
      [T, 9, 5],
      [T, 10, 4],
      [T, 9, 6],
      [T, 0, 0],
    ]),
  },
]
