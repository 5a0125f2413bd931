// Sealing sessions for a v1 backup: ours, checked, with both MACs, by provider and by threads, beside the
// bare encryption of the wasm and of libolm. `pnpm --filter @roomkeys/bench bench`
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm'
import olm from '@matrix-org/olm'
import {
  encryptionKeyFor,
  encryptionKeyOf,
  type EncryptionKey,
  openEntries,
  type SealOutcome,
  sealEntries,
  serialisePlaintext,
  type SessionToSeal,
} from '@roomkeys/backup'
import { createEntryPool } from '@roomkeys/backup/pool'
import { megolmBackupV1 as algorithm } from '@roomkeys/backup/v1'
import { platformAgreements } from '@roomkeys/crypto/agreements'
import { fromUtf8 } from '@roomkeys/crypto/bytes'
import { type Agreements, nobleAgreements } from '@roomkeys/crypto/x25519'
import { interleave } from './interleave.ts'
import { printRows, rowsOf } from './table.ts'
import { entries, key } from './v1-account.ts'
import { webAgreements } from './web-crypto.ts'

const WASM = 'wasm PkEncryption'
const CORES = 2
/** The slow ones do a part, so that a run is no longer than the others'. */
const SLOW_PART = 10

const sessions: SessionToSeal[] = []
for await (const outcome of openEntries(entries, { algorithm, key }))
  if (outcome.status === 'opened')
    sessions.push({ ...outcome, isVerified: false, forwardedCount: 0 })
const texts = sessions.map(({ session }) => fromUtf8(serialisePlaintext(session)))

const plainly = encryptionKeyFor({ public_key: key.publicKey }, null)
const withBothMacs = encryptionKeyOf(key)

await wasm.initAsync()
const wasmKey = wasm.PkEncryption.fromKey(new wasm.Curve25519PublicKey(key.publicKey))
await olm.init()
const olmKey = new olm.PkEncryption()
olmKey.set_recipient_key(key.publicKey)

async function count(outcomes: AsyncIterable<SealOutcome>, expected: number): Promise<void> {
  let sealed = 0
  for await (const { status } of outcomes) if (status === 'sealed') sealed += 1
  if (sealed !== expected) throw new Error(`Sealed ${sealed} of ${expected}`)
}

function sealWith(agree: Agreements, part = 1): () => Promise<void> {
  const some = sessions.slice(0, sessions.length / part)
  return () => count(sealEntries(some, { algorithm, key: plainly, agree }), some.length)
}

const pool = createEntryPool({ size: CORES })

function sealInPool(to: EncryptionKey): () => Promise<void> {
  return () => count(pool.sealEntries(sessions, { algorithm, key: to }), sessions.length)
}

const timings = await interleave([
  {
    name: WASM,
    run: () => {
      for (const text of texts) wasmKey.encryptString(text).toBase64().free()
    },
  },
  {
    name: 'libolm PkEncryption',
    part: SLOW_PART,
    run: () => {
      for (const text of texts.slice(0, texts.length / SLOW_PART)) olmKey.encrypt(text)
    },
  },
  { name: 'sealEntries, X25519 by node:crypto', run: sealWith(platformAgreements) },
  { name: 'sealEntries, X25519 by WebCrypto', run: sealWith(webAgreements) },
  {
    name: 'sealEntries, X25519 in plain TypeScript',
    part: SLOW_PART,
    run: sealWith(nobleAgreements(), SLOW_PART),
  },
  { name: `sealEntries in a pool of ${CORES}`, run: sealInPool(plainly) },
  { name: `sealEntries in a pool of ${CORES}, with backup_mac`, run: sealInPool(withBothMacs) },
])
await pool.close()
printRows(
  'sealing for a v1 backup',
  rowsOf(timings, { count: sessions.length, unit: 'keys', of: WASM }),
)
