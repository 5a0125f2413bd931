/** Writing the key export file and handing it to the browser. */
import { encryptKeyExport } from '@roomkeys/key-export'
import type { ExportedSessionData } from '@roomkeys/types'
import { onceAFrame } from '../frames.ts'
import type { Progress } from '../state.ts'
import type { Effect } from '../task.ts'

/** Some browsers start reading a download only after the click has been handled. */
const DOWNLOAD_GRACE_MS = 60_000

/** The name of the file: the user's own, with what no file system minds. */
export function fileNameOf(userId: string): string {
  const localpart = userId.replace(/^@/, '').split(':', 1)[0] ?? ''
  return `roomkeys-${localpart.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.txt`
}

function download(text: string, fileName: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  setTimeout(() => {
    URL.revokeObjectURL(url)
  }, DOWNLOAD_GRACE_MS)
}

/** Encrypts the keys under a passphrase and downloads them. */
export function saveFile(
  sessions: readonly ExportedSessionData[],
  passphrase: string,
  fileName: string,
): Effect {
  return async ({ signal, dispatch }) => {
    const screen = onceAFrame<Progress>((progress) => {
      dispatch({ type: 'progressed', progress })
    })
    const onProgress = (done: number, total: number): void => {
      screen.push({ done, total })
    }
    try {
      const text = await encryptKeyExport(sessions, passphrase, { signal, onProgress })
      signal.throwIfAborted()
      download(text, fileName)
      dispatch({ type: 'export-finished', fileName })
    } finally {
      screen.stop()
    }
  }
}
