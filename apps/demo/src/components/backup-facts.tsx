/** What the backup is. */
import type { BackupVersionInfo } from '@roomkeys/types'
import type { JSX } from 'preact'
import { counted } from '../counted.ts'

/** Version, number of keys and algorithm of a backup. */
export function BackupFacts({ backup }: { readonly backup: BackupVersionInfo }): JSX.Element {
  return (
    <dl class="facts" aria-label="Backup">
      <div>
        <dt>Backup version</dt>
        <dd>
          <bdi>{backup.version}</bdi>
        </dd>
      </div>
      <div>
        <dt>Holds</dt>
        <dd>{counted(backup.count, 'key')}</dd>
      </div>
      <div class="wide">
        <dt>Algorithm</dt>
        <dd>
          <bdi>{backup.algorithm}</bdi>
        </dd>
      </div>
    </dl>
  )
}
