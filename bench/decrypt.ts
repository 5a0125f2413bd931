// Opening the entries of a v1 backup: ours, with session-id check and parsing, by provider and by
// threads, beside the bare decryption of the wasm and of libolm, and the X25519 that ours contains.
// `pnpm --filter @roomkeys/bench bench`
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm'
import olm from '@matrix-org/olm'
import { type EntryOutcome, openEntries } from '@roomkeys/backup'
import { createEntryPool } from '@roomkeys/backup/pool'
import { megolmBackupV1 as algorithm } from '@roomkeys/backup/v1'
import { platformSharedSecrets } from '@roomkeys/crypto/shared-secrets'
import { nobleSharedSecrets, type SharedSecrets } from '@roomkeys/crypto/x25519'
import { interleave } from './interleave.ts'
import { entries, key, keyText, sessionDataOf } from './v1-account.ts'
import { printRows, rowsOf } from './table.ts'
import { tweetnaclSharedSecrets } from './tweetnacl.ts'
import { webSharedSecrets } from './web-crypto.ts'
import { agree, startThreads } from './x25519-limit.ts'

const WASM = 'wasm decryptV1, and JSON.parse'
const CORES = 2

const sessionData = entries.map(sessionDataOf)
const ephemerals = sessionData.map((data) => algorithm.parseSessionData(data).ephemeral)
/** The slow ones do a part, so that a run is no longer than the others'. */
const SLOW_PART = 10

await wasm.initAsync()
const wasmKey = wasm.BackupDecryptionKey.fromBase64(keyText)
await olm.init()
const olmKey = new olm.PkDecryption()
olmKey.init_with_private_key(key.privateKey.expose())

async function count(outcomes: AsyncIterable<EntryOutcome>, expected: number): Promise<void> {
  let opened = 0
  for await (const { status } of outcomes) if (status === 'opened') opened += 1
  if (opened !== expected) throw new Error(`Opened ${opened} of ${expected}`)
}

function openWith(sharedSecrets: SharedSecrets, part = 1): () => Promise<void> {
  const some = entries.slice(0, entries.length / part)
  return () => count(openEntries(some, { algorithm, key, sharedSecrets }), some.length)
}

const pool = createEntryPool({ size: CORES })
const threads = startThreads(CORES)

const timings = await interleave([
  {
    name: WASM,
    run: () => {
      for (const { ephemeral, mac, ciphertext } of sessionData)
        JSON.parse(wasmKey.decryptV1(ephemeral, mac, ciphertext))
    },
  },
  {
    name: 'libolm PkDecryption, and JSON.parse',
    part: SLOW_PART,
    run: () => {
      for (const { ephemeral, mac, ciphertext } of sessionData.slice(0, entries.length / SLOW_PART))
        JSON.parse(olmKey.decrypt(ephemeral, mac, ciphertext))
    },
  },
  { name: 'openEntries, X25519 by node:crypto', run: openWith(platformSharedSecrets) },
  { name: 'openEntries, X25519 by WebCrypto', run: openWith(webSharedSecrets) },
  {
    name: 'openEntries, X25519 in plain TypeScript',
    part: SLOW_PART,
    run: openWith(nobleSharedSecrets, SLOW_PART),
  },
  {
    name: 'openEntries, X25519 by tweetnacl',
    part: SLOW_PART,
    run: openWith(tweetnaclSharedSecrets, SLOW_PART),
  },
  {
    name: `openEntries in a pool of ${CORES}`,
    run: () => count(pool.openEntries(entries, { algorithm, key }), entries.length),
  },
  {
    name: 'shared secrets alone, from bytes to bytes',
    run: async () => {
      await platformSharedSecrets(key.privateKey.expose(), ephemerals)
    },
  },
  {
    name: "OpenSSL's X25519 alone, one core",
    run: () => {
      agree(entries.length)
    },
  },
  {
    name: `OpenSSL's X25519 alone, ${CORES} cores`,
    run: () => threads.agree(entries.length),
  },
])
await Promise.all([pool.close(), threads.close()])
printRows('opening a v1 backup', rowsOf(timings, { count: entries.length, unit: 'keys', of: WASM }))
