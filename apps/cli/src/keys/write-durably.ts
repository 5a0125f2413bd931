/** Small files that are whole or not there, and survive a crash once written. */
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeAtomically } from '../io/atomic-file.ts'

async function syncFolder(path: string): Promise<void> {
  // Folders cannot be opened on Windows, where renaming is durable enough.
  if (process.platform === 'win32') return
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
}

/** Writes a file in place of another one, if there is one. Only the owner reads it. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await writeAtomically(path, (file) => file.write(text))
  await syncFolder(path)
}
