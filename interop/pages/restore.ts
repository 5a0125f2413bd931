/** Runs in a page: a restore on its main thread, and the tasks in it that let the page stand still. */
import { decodeDecryptionKey } from '@roomkeys/backup'
import { createMemoryJournal, createMemoryStore } from '@roomkeys/backup/memory'
import { restore, type RestoreResult } from '@roomkeys/backup/restore'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { createRoomKeysApi } from '@roomkeys/client/ports'
import { createHomeserver } from '@roomkeys/transport'
import { backupVersion } from '@roomkeys/types'

/** What a restore came to. */
export interface PageRestore {
  readonly result: RestoreResult
  readonly stored: number
  /** Milliseconds of each task over 50 ms. */
  readonly longTasks: readonly number[]
  readonly milliseconds: number
}

/** Begins to note long tasks, those of before aside. */
function watch(): () => readonly number[] {
  const durations: number[] = []
  const note = (entries: PerformanceEntryList): void => {
    for (const { duration } of entries) durations.push(duration)
  }
  const observer = new PerformanceObserver((list) => {
    note(list.getEntries())
  })
  observer.observe({ type: 'longtask' })
  return () => {
    note(observer.takeRecords())
    observer.disconnect()
    return durations
  }
}

async function restoreAll(baseUrl: string, keyText: string): Promise<PageRestore> {
  const store = createMemoryStore()
  const options = {
    api: createRoomKeysApi(createHomeserver({ baseUrl, accessToken: 'token' })),
    store,
    journal: createMemoryJournal(),
    key: decodeDecryptionKey(keyText),
    algorithms: [megolmBackupV1],
  }
  const stop = watch()
  const began = performance.now()
  let result: RestoreResult = 'nothing'
  for await (const event of restore(options))
    if (event.type === 'finished') result = event.report.result
  const milliseconds = performance.now() - began
  const { total } = await store.counts(backupVersion('1'))
  return { result, stored: total, longTasks: stop(), milliseconds }
}

/** Stands still for so long: what has to be noted. */
async function standStill(milliseconds: number): Promise<readonly number[]> {
  const stop = watch()
  await new Promise((resolve) => setTimeout(resolve, 0))
  const end = performance.now() + milliseconds
  while (performance.now() < end);
  await new Promise((resolve) => setTimeout(resolve, 100))
  return stop()
}

const calls = { restoreAll, standStill }

/** What a test can call in the page. */
export type RestoreCalls = typeof calls

Object.assign(globalThis, { calls })
