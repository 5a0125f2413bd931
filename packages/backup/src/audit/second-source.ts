/** The source that an audit looks for conflicts in. */
import { candidatesOf } from '../diff/candidates-of.ts'
import { createKeyIndex } from '../diff/key-index.ts'
import type { KeySource, SourceItem } from '../diff/source.ts'
import type { Candidate } from '@roomkeys/megolm'
import type { BackupEntry } from '../entry.ts'
import type { ApiCallOptions } from '../ports/room-keys-api.ts'

/** Whatever conflicts with an entry is found among these. */
export interface SecondSource {
  readonly name: string
  readonly copiesOf: (entry: BackupEntry) => Promise<readonly Candidate[]>
  readonly close: () => void
}

/** The copies of an item; none when it is no session, which conflicts with nothing. */
function copiesIn(item: SourceItem | null): readonly Candidate[] {
  if (item?.status !== 'session') return []
  const candidates = candidatesOf(item)
  return 'status' in candidates ? [] : candidates
}

/** A source that answers for one address is asked; any other is read once and kept as an index. */
export async function openSecondSource(
  source: KeySource,
  options: ApiCallOptions,
): Promise<SecondSource> {
  const { name, get } = source
  if (get !== undefined) {
    const copiesOf: SecondSource['copiesOf'] = async (entry) => copiesIn(await get(entry, options))
    return { name, copiesOf, close: () => undefined }
  }
  const index = createKeyIndex()
  try {
    for await (const item of source.sessions(options)) index.add('b', item, copiesIn(item))
  } catch (error) {
    index.destroy()
    throw error
  }
  return {
    name,
    copiesOf: (entry) => Promise.resolve(index.get(entry)?.b ?? []),
    close: index.destroy,
  }
}
