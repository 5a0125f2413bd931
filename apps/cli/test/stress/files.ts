/**
 * Whether memory stops growing: the commands on files, with more and more keys, each in a process with a
 * small heap. Prints how long each took, and the most memory that it had.
 *
 * `node apps/cli/test/stress/files.ts [keys…]`
 */
import {
  type DecryptionKey,
  encodeDecryptionKey,
  encryptionKeyOf,
  generateDecryptionKey,
  sealEntries,
} from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { makeFolder } from '../keys/world.ts'
import { stressSessions } from './keys.ts'
import { check, runChild, say, type Stress } from './measured.ts'

const SIZES = process.argv.slice(2).map(Number)

/** The body of `GET /room_keys/keys`. */
async function* bodyOf(keys: number, key: DecryptionKey): AsyncGenerator<string> {
  const options = { algorithm: megolmBackupV1, key: encryptionKeyOf(key) }
  let room = ''
  yield '{"rooms":{'
  for await (const outcome of sealEntries(stressSessions(keys), options)) {
    if (outcome.status !== 'sealed') throw new Error('A session is not sealed')
    const { roomId, sessionId, data } = outcome
    const isNew = roomId !== room
    if (isNew) yield `${room === '' ? '' : '}},'}${JSON.stringify(roomId)}:{"sessions":{`
    room = roomId
    yield `${isNew ? '' : ','}${JSON.stringify(sessionId)}:${JSON.stringify(data)}`
  }
  yield room === '' ? '}}' : '}}}}'
}

async function stressFiles(keys: number, key: DecryptionKey, stress: Stress): Promise<void> {
  const path = (name: string): string => stress.folder.path(`${keys}-${name}`)
  await pipeline(Readable.from(bodyOf(keys, key)), createWriteStream(path('snapshot')))
  say(`${keys} keys:`)
  const verified = await runChild(stress, ['verify', path('snapshot'), '--json'])
  check(verified.stdout.includes('"result":"sound"'), 'the snapshot is sound')
  const from = ['--from', path('snapshot'), '--json']
  const exported = await runChild(stress, ['export', '-o', path('keys'), ...from])
  check(exported.stdout.includes(`"exported":${keys}`), 'every key is exported')
  const compared = await runChild(stress, ['diff', path('keys'), path('snapshot'), '--json'])
  check(compared.stdout.includes(`"equal":${keys}`), 'file and snapshot are alike')
}

const folder = await makeFolder()
try {
  const key = generateDecryptionKey()
  const env = {
    MATRIX_RECOVERY_KEY: encodeDecryptionKey(key),
    ROOMKEYS_PASSPHRASE: 'three short words',
  }
  for (const keys of SIZES.length === 0 ? [25_000, 100_000, 300_000] : SIZES)
    await stressFiles(keys, key, { env, folder })
} finally {
  await folder.remove()
}
