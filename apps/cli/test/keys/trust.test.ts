/** What `status` and `doctor` say of trust, and what they know it from. */
import { storeSecret, unlockDefaultKey } from '@roomkeys/secret-storage'
import { createAccountData } from '@roomkeys/client/ports'
import { createBackupVersion } from '@roomkeys/transport'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { schema as doctorSchema } from '../../src/schemas/doctor.ts'
import { schema as statusSchema } from '../../src/schemas/status.ts'
import { expectDocument, expectNoSecret } from './expectations.ts'
import {
  account,
  call,
  type Folder,
  makeFolder,
  openStore,
  type Result,
  signedIn,
  startWorld,
  type Store,
  USER_ID,
  type World,
} from './world.ts'

let store: Store
let world: World
let folder: Folder

beforeAll(async () => {
  store = await openStore()
  world = await startWorld(store)
  folder = await makeFolder()
})
afterAll(async () => {
  await world.close()
  await store.close()
  await folder.remove()
})

/** The master key of the account, as it is published. */
const MASTER_KEY_ID = Object.keys(account.master_key['keys'] as object)[0] ?? ''

async function ask(key: string | null, ...args: readonly string[]): Promise<Result> {
  const given = key === null ? {} : { MATRIX_RECOVERY_KEY: key }
  const result = await call(args, { env: { ...signedIn(world), ...given }, home: folder.path('.') })
  expectNoSecret(result, [world.recoveryKey, world.storageKey, world.token])
  return result
}

async function status(key: string | null): Promise<unknown> {
  return expectDocument(await ask(key, 'status', '--json'), statusSchema)
}

async function findings(key: string | null): Promise<readonly string[]> {
  const document = expectDocument(await ask(key, 'doctor', '--json'), doctorSchema)
  const { findings: found } = document as { readonly findings: readonly { code: string }[] }
  return found.map(({ code }) => code)
}

/** Puts a secret in the place of the seed of the master key. */
async function storeMasterSeed(secret: string): Promise<void> {
  const accountData = createAccountData(world.homeserver, USER_ID)
  const key = await unlockDefaultKey(accountData, { text: world.storageKey })
  await storeSecret(accountData, { name: 'm.cross_signing.master', secret, keys: [key] })
}

const SIGNATURES = [
  { key_id: MASTER_KEY_ID, signer: 'master_key' },
  { key_id: 'ed25519:DEVICEALICE', signer: 'unknown_key', state: 'unknown_key' },
]

describe('trust', () => {
  test('without a key, signatures are checked, and nobody vouches for who signed', async () => {
    expect(await status(null)).toMatchObject({
      backup: {
        trust: {
          trusted: false,
          because: 'signers_not_trusted',
          master_key: 'unknown',
          key_match: 'no_key',
          signatures: [{ ...SIGNATURES[0], state: 'valid_not_trusted' }, SIGNATURES[1]],
        },
      },
    })
    const { stdout } = await ask(null, 'status')
    expect(stdout).toContain('not trusted')
    expect(stdout).toContain('valid, but nothing here vouches for the key')
    expect(stdout).toContain('Give the key of secret storage')
    expect(await findings(null)).toContain('signers_not_trusted')
  })

  test('the key of the backup derives its public key', async () => {
    expect(await status(world.recoveryKey)).toMatchObject({
      backup: { trust: { trusted: true, because: 'key_match', key_match: 'match' } },
    })
    expect((await ask(world.recoveryKey, 'status')).stdout).toContain('its key is the one you gave')
  })

  test('secret storage holds the master key, which signed', async () => {
    expect(await status(world.storageKey)).toMatchObject({
      backup: {
        trust: {
          trusted: true,
          because: 'master_key',
          master_key: 'match',
          key_match: 'match',
          signatures: [{ ...SIGNATURES[0], state: 'valid_trusted' }, SIGNATURES[1]],
        },
      },
    })
    const { stdout } = await ask(world.storageKey, 'status')
    expect(stdout).toContain('signed by your master key')
    expect(await findings(world.storageKey)).not.toContain('signers_not_trusted')
  })

  test('a published master key that is not the stored one is trusted by nothing', async () => {
    await storeMasterSeed('A'.repeat(43))
    expect(await status(world.storageKey)).toMatchObject({
      backup: {
        trust: {
          because: 'key_match',
          master_key: 'mismatch',
          signatures: [{ ...SIGNATURES[0], state: 'valid_not_trusted' }, SIGNATURES[1]],
        },
      },
    })
    const { stdout } = await ask(world.storageKey, 'status')
    expect(stdout).toContain('not the one in secret storage')
    expect(await findings(world.storageKey)).toContain('signers_not_trusted')
  })

  test('a stored master key that is none costs only what depends on it', async () => {
    await storeMasterSeed('no key')
    const told = await ask(world.storageKey, 'status', '--json')
    expect(told.code).toBe(5)
    expect(expectDocument(told, statusSchema)).toMatchObject({
      backup: { trust: null },
      unread: { trust: 'malformed_seed' },
    })
    const { code, stderr } = await ask(world.storageKey, 'doctor')
    expect(code).toBe(0)
    expect(stderr).toContain('master key in secret storage')
  })

  test('an unsigned version is told to be unsigned', async () => {
    await createBackupVersion(world.homeserver, {
      body: {
        algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2',
        auth_data: { public_key: 'A'.repeat(43) },
      },
    })
    expect(await status(null)).toMatchObject({
      backup: { trust: { trusted: false, because: 'unsigned' } },
    })
    expect((await ask(null, 'status')).stdout).toContain('nobody has signed it')
  })
})
