// Opens and seals the vectors, and prints which modules were loaded for it: run by loads.test.ts.
import { registerHooks } from 'node:module'
import { readFileSync } from 'node:fs'

const loaded: string[] = []
registerHooks({
  load: (url, context, nextLoad) => {
    loaded.push(url)
    return nextLoad(url, context)
  },
})
const { decodeDecryptionKey, encryptionKeyOf, entriesOf, openEntries, sealEntries } =
  await import('@roomkeys/backup')
const { megolmBackupV1: algorithm } = await import('@roomkeys/backup/v1')
// What a restore takes beside: loaded, and so is all that it loads.
await import('@roomkeys/backup/restore')
await import('@roomkeys/backup/trust')

const file = new URL('../../../vectors/account-rust.json', import.meta.url)
// A file of this repository: its README gives the shape.
const { backup } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly backup: {
    readonly recovery_key: string
    readonly keys: Parameters<typeof entriesOf>[0]
  }
}
const key = decodeDecryptionKey(backup.recovery_key)
const opened = []
for await (const outcome of openEntries(entriesOf(backup.keys), { algorithm, key }))
  if (outcome.status === 'opened') opened.push({ ...outcome, isVerified: false, forwardedCount: 0 })
let sealed = 0
for await (const { status } of sealEntries(opened, { algorithm, key: encryptionKeyOf(key) }))
  sealed += status === 'sealed' ? 1 : 0
process.stdout.write(JSON.stringify({ sealed, loaded }))
