import { encodeBase64 } from '@roomkeys/crypto/base64'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { encryptSecret } from '@roomkeys/secret-storage'
import { backupVersion } from '@roomkeys/types'
import { describe, expect, test } from 'vitest'
import {
  type Account,
  changeAuthData,
  changeClient,
  changeCurrent,
  currentKey,
  findingsOf,
  foreignKey,
  keep,
  leaveBehind,
  makeAccount,
  olderKey,
  storageKeyOf,
  storeOnly,
} from '../../test/doctor/account.ts'
import {
  DELETED,
  deviceKey,
  master,
  OWN,
  signedBy,
  UNVERIFIED,
  USER,
} from '../../test/trust/world.ts'
import type { Finding, FindingCode, FindingFacts, Severity } from './finding.ts'
import type { Fix } from './fix.ts'

const SECRET = 'm.megolm_backup.v1'
const DEFAULT = 'm.secret_storage.default_key'
const STABLE = 'm.key_backup'
const UNSTABLE = 'm.org.matrix.custom.backup_disabled'
const OFFLINE = Object.assign(new Error('no answer'), { code: 'offline' })
const FAILURE = { code: 'offline', text: 'no answer' }

/** A state of an account, and all that is found in it. */
interface Case<Code extends FindingCode> {
  readonly change: (account: Account) => unknown
  readonly severity: Severity
  /** The id of the default storage key is `KEY` here. */
  readonly evidence: FindingFacts[Code]
  readonly fix: Fix
  /** What else is found. */
  readonly also?: readonly FindingCode[]
}

/** Every finding has a case, or this does not compile. */
type Cases = { readonly [Code in FindingCode]: Case<Code> }

/** `auth_data` of the current version without signatures. */
const unsigned = { public_key: currentKey.publicKey }

const keyFrom = (account: Account, ...names: readonly string[]): void => {
  for (const name of names) account.content.delete(name)
}
const forgetClient = (account: Account): void => {
  account.client = null
}
const noBackup = (account: Account): void => {
  account.versions.clear()
  account.current = null
}

const cases: Cases = {
  version_unreadable: {
    change: ({ failing }) => failing.set('current', OFFLINE),
    severity: 'error',
    evidence: { version: null, failure: FAILURE },
    fix: { action: 'retry' },
  },
  no_backup: {
    change: (account) => {
      noBackup(account)
      forgetClient(account)
      keyFrom(account, SECRET, STABLE)
    },
    severity: 'info',
    evidence: { secretIsStored: false },
    fix: { action: 'create_version' },
  },
  backup_deleted: {
    change: (account) => {
      noBackup(account)
      keyFrom(account, SECRET, STABLE)
    },
    severity: 'error',
    evidence: { version: '3' },
    fix: { action: 'create_version' },
  },
  version_id_unusable: {
    change: (account) => {
      changeCurrent(account, () => ({ version: backupVersion('') }))
      changeClient(account, { version: null })
    },
    severity: 'error',
    evidence: { problem: 'empty' },
    fix: { action: 'ask_server_admin' },
  },
  unknown_algorithm: {
    change: (account) => {
      changeCurrent(account, () => ({ algorithm: 'm.megolm_backup.v9' }))
    },
    severity: 'error',
    evidence: { version: '3', algorithm: 'm.megolm_backup.v9' },
    fix: { action: 'upgrade_client', algorithm: 'm.megolm_backup.v9' },
  },
  public_key_missing: {
    change: (account) => {
      changeAuthData(account, () =>
        signedBy(signedBy({}, OWN, deviceKey(OWN)), master.publicKey, master),
      )
    },
    severity: 'error',
    evidence: { version: '3' },
    fix: { action: 'replace_version', version: '3' },
  },
  public_key_malformed: {
    change: (account) => {
      const broken = { public_key: encodeBase64(new Uint8Array(45)) }
      changeAuthData(account, () =>
        signedBy(signedBy(broken, OWN, deviceKey(OWN)), master.publicKey, master),
      )
    },
    severity: 'error',
    evidence: { version: '3', byteLength: 45 },
    fix: { action: 'replace_version', version: '3' },
  },
  identity_unreadable: {
    change: ({ failing }) => failing.set('keys', OFFLINE),
    severity: 'warning',
    evidence: { failure: FAILURE },
    fix: { action: 'retry' },
  },
  version_unsigned: {
    change: (account) => {
      changeAuthData(account, () => unsigned)
    },
    severity: 'warning',
    evidence: { version: '3', keyIsHeld: true },
    fix: { action: 'repair_version', version: '3' },
  },
  signed_by_unknown_keys: {
    change: (account) => {
      changeAuthData(account, () => signedBy(unsigned, DELETED, deviceKey(DELETED)))
    },
    severity: 'warning',
    evidence: {
      version: '3',
      signers: [{ userId: USER, keyId: `ed25519:${DELETED}` }],
      total: 1,
      keyIsHeld: true,
    },
    fix: { action: 'repair_version', version: '3' },
  },
  signers_not_trusted: {
    change: (account) => {
      changeAuthData(account, () => signedBy(unsigned, UNVERIFIED, deviceKey(UNVERIFIED)))
      account.client = null
      account.given = null
    },
    severity: 'warning',
    evidence: {
      version: '3',
      signers: [{ userId: USER, keyId: `ed25519:${UNVERIFIED}` }],
      total: 1,
    },
    fix: { action: 'verify_device' },
  },
  signatures_invalid: {
    change: (account) => {
      changeAuthData(account, (authData) => ({ ...authData, private_key_salt: 'added' }))
    },
    severity: 'error',
    evidence: {
      version: '3',
      signers: [
        { userId: USER, keyId: `ed25519:${master.publicKey}` },
        { userId: USER, keyId: `ed25519:${OWN}` },
      ],
      total: 2,
      isTrusted: false,
      isSignable: true,
    },
    fix: { action: 'repair_version', version: '3' },
  },
  master_signature_missing: {
    change: (account) => {
      changeAuthData(account, () => signedBy(unsigned, OWN, deviceKey(OWN)))
    },
    severity: 'info',
    evidence: { version: '3' },
    fix: { action: 'sign_version', version: '3' },
  },

  account_data_unreadable: {
    change: ({ failing }) => failing.set(DEFAULT, OFFLINE),
    severity: 'warning',
    evidence: { type: DEFAULT, failure: FAILURE },
    fix: { action: 'retry' },
  },
  no_default_key: {
    change: (account) => {
      keyFrom(account, DEFAULT)
    },
    severity: 'warning',
    evidence: { storedFor: ['KEY'] },
    fix: { action: 'set_default_key', keyId: 'KEY' },
  },
  default_key_malformed: {
    change: ({ content }) => content.set(DEFAULT, { key: 1 }),
    severity: 'error',
    evidence: { storedFor: ['KEY'] },
    fix: { action: 'set_default_key', keyId: 'KEY' },
  },
  default_key_undescribed: {
    change: ({ content }) => content.set(DEFAULT, { key: 'NOBODY' }),
    severity: 'error',
    evidence: { keyId: 'NOBODY' },
    fix: { action: 'set_default_key', keyId: 'KEY' },
    also: ['backup_secret_under_other_key'],
  },
  key_description_malformed: {
    change: ({ content, storageKey }) =>
      content.set(`m.secret_storage.key.${storageKey.keyId}`, { algorithm: 1 }),
    severity: 'error',
    evidence: { keyId: 'KEY' },
    fix: { action: 'set_up_secret_storage' },
  },
  storage_key_unsupported: {
    change: ({ content, storageKey }) =>
      content.set(`m.secret_storage.key.${storageKey.keyId}`, { algorithm: 'm.other' }),
    severity: 'error',
    evidence: { keyId: 'KEY' },
    fix: { action: 'upgrade_client', algorithm: null },
  },
  storage_key_wrong: {
    change: (account) => {
      account.given = new SecretBytes(new Uint8Array(32).fill(99))
    },
    severity: 'error',
    evidence: { keyId: 'KEY' },
    fix: { action: 'enter_storage_key', keyId: 'KEY' },
  },
  storage_key_not_default: {
    change: async (account) => {
      const other = storageKeyOf(42)
      account.content.set('m.secret_storage.key.OTHER', other.description)
      await storeOnly(account, currentKey, [account.storageKey, { ...other, keyId: 'OTHER' }])
      account.given = other.key
    },
    severity: 'warning',
    evidence: { keyId: 'KEY', givenKeyId: 'OTHER' },
    fix: { action: 'move_secrets', from: 'OTHER', to: 'KEY' },
  },

  backup_secret_missing: {
    change: (account) => {
      keyFrom(account, SECRET)
    },
    severity: 'error',
    evidence: { version: '3' },
    fix: { action: 'store_key', from: 'client' },
  },
  backup_secret_under_other_key: {
    change: async (account) => {
      const other = storageKeyOf(42)
      account.content.set('m.secret_storage.key.OTHER', other.description)
      await storeOnly(account, currentKey, [{ ...other, keyId: 'OTHER' }])
    },
    severity: 'error',
    evidence: { defaultKeyId: 'KEY', storedFor: ['OTHER'] },
    fix: { action: 'move_secrets', from: 'OTHER', to: 'KEY' },
  },
  backup_secret_malformed: {
    change: ({ content }) => content.set(SECRET, { encrypted: 'text' }),
    severity: 'error',
    evidence: { where: 'account_data' },
    fix: { action: 'store_key', from: 'client' },
  },
  backup_secret_not_decryptable: {
    change: async (account) => {
      const stale = { ...storageKeyOf(43), keyId: account.storageKey.keyId }
      await storeOnly(account, currentKey, [stale])
    },
    severity: 'error',
    evidence: { keyId: 'KEY', because: 'mac_mismatch' },
    fix: { action: 'store_key', from: 'client' },
  },
  backup_secret_stale: {
    change: async (account) => {
      leaveBehind(account, '2')
      await storeOnly(account, olderKey, [account.storageKey])
    },
    severity: 'error',
    evidence: { version: '3', opens: '2' },
    fix: { action: 'store_key', from: 'client' },
    also: ['older_version_key_held'],
  },
  backup_secret_foreign: {
    change: (account) => storeOnly(account, foreignKey, [account.storageKey]),
    severity: 'error',
    evidence: { version: '3', publicKey: foreignKey.publicKey, notSeen: 0 },
    fix: { action: 'store_key', from: 'client' },
  },
  secret_without_backup: {
    change: (account) => {
      noBackup(account)
      forgetClient(account)
    },
    severity: 'info',
    evidence: { storedFor: ['KEY'] },
    fix: { action: 'create_version' },
    also: ['preference_on_backup_off'],
  },

  preference_malformed: {
    change: ({ content }) => content.set(STABLE, { enabled: 'yes' }),
    severity: 'warning',
    evidence: { type: STABLE },
    fix: { action: 'set_preference', enabled: true },
  },
  preference_conflict: {
    change: ({ content }) => content.set(UNSTABLE, { disabled: true }),
    severity: 'warning',
    evidence: { stable: true, unstable: false },
    fix: { action: 'set_preference', enabled: true },
  },
  preference_off_backup_on: {
    change: ({ content }) => content.set(STABLE, { enabled: false }),
    severity: 'warning',
    evidence: { version: '3' },
    fix: { action: 'set_preference', enabled: true },
  },
  preference_on_backup_off: {
    change: (account) => {
      noBackup(account)
      forgetClient(account)
      keyFrom(account, SECRET)
    },
    severity: 'warning',
    evidence: { setting: 'stable' },
    fix: { action: 'create_version' },
  },

  client_version_gone: {
    change: (account) => {
      changeClient(account, { version: '2' })
    },
    severity: 'error',
    evidence: { version: '2', current: '3' },
    fix: { action: 'use_version', version: '3' },
  },
  client_version_not_current: {
    change: (account) => {
      leaveBehind(account, '2')
      changeClient(account, { version: '2', publicKey: olderKey.publicKey })
    },
    severity: 'error',
    evidence: { version: '2', current: '3', exists: true },
    fix: { action: 'use_version', version: '3' },
    also: ['client_key_mismatch', 'older_version_key_held'],
  },
  version_deleted: {
    change: (account) => {
      changeClient(account, { version: '4' })
    },
    severity: 'error',
    evidence: { version: '4', current: '3' },
    fix: { action: 'use_version', version: '3' },
  },
  client_key_missing: {
    change: (account) => {
      changeClient(account, { publicKey: null })
    },
    severity: 'warning',
    evidence: { version: '3' },
    fix: { action: 'load_key', from: 'secret_storage' },
  },
  client_key_mismatch: {
    change: (account) => {
      changeClient(account, { publicKey: foreignKey.publicKey })
    },
    severity: 'error',
    evidence: {
      version: '3',
      publicKey: currentKey.publicKey,
      clientPublicKey: foreignKey.publicKey,
      isSameVersion: true,
    },
    fix: { action: 'load_key', from: 'secret_storage' },
  },
  server_count_lower: {
    change: (account) => {
      changeClient(account, { total: 20, pending: 5 })
    },
    severity: 'error',
    evidence: { version: '3', serverCount: 10, uploaded: 15 },
    fix: { action: 'upload_again', version: '3' },
  },
  changed_since_seen: {
    change: (account) => {
      changeClient(account, { etag: 'd' })
    },
    severity: 'info',
    evidence: { version: '3', seen: 'd', etag: 'e' },
    fix: { action: 'restore', version: '3' },
  },

  double_creation: {
    change: (account) => {
      leaveBehind(account, '2', { key: currentKey })
    },
    severity: 'warning',
    evidence: { version: '2', count: 10, because: 'same_key' },
    fix: { action: 'merge_version', from: '2', into: '3' },
  },
  older_version_key_held: {
    change: async (account) => {
      leaveBehind(account, '1')
      await keep(account, '1', olderKey)
    },
    severity: 'warning',
    evidence: { version: '1', count: 10 },
    fix: { action: 'merge_version', from: '1', into: '3' },
  },
  older_version_key_lost: {
    change: (account) => {
      leaveBehind(account, '1')
    },
    severity: 'warning',
    evidence: { version: '1', count: 10, publicKey: olderKey.publicKey },
    fix: { action: 'enter_decryption_key', version: '1' },
  },
  older_version_key_unknown: {
    change: (account) => {
      leaveBehind(account, '1')
      account.given = null
    },
    severity: 'info',
    evidence: { version: '1', count: 10, publicKey: olderKey.publicKey },
    fix: { action: 'enter_storage_key', keyId: 'KEY' },
  },
  older_version_broken: {
    change: (account) => {
      leaveBehind(account, '1', { auth_data: { public_key: encodeBase64(new Uint8Array(45)) } })
    },
    severity: 'warning',
    evidence: { version: '1', count: 10 },
    fix: { action: 'enter_decryption_key', version: '1' },
  },
  superseded_key_unneeded: {
    change: (account) => keep(account, '2', olderKey),
    severity: 'info',
    evidence: { version: '2' },
    fix: { action: 'drop_superseded_key', version: '2' },
  },
}

/** Findings with `KEY` for the random id of the default storage key. */
function named(findings: readonly Finding[], { storageKey }: Account): unknown {
  return JSON.parse(JSON.stringify(findings).replaceAll(storageKey.keyId, 'KEY'))
}

test('an account in order has no findings, with the storage key and without', async () => {
  const account = await makeAccount()
  expect(await findingsOf(account)).toEqual([])
  account.given = null
  expect(await findingsOf(account)).toEqual([])
  account.client = null
  expect(await findingsOf(account)).toEqual([])
})

describe('a finding', () => {
  test.each(Object.entries(cases))('%s', async (code, { change, also = [], ...expected }) => {
    const account = await makeAccount()
    await change(account)
    const findings = await findingsOf(account)
    expect(findings.map((finding) => finding.code).sort()).toEqual([code, ...also].sort())
    const found = findings.filter((finding) => finding.code === code)
    expect(named(found, account)).toMatchObject([{ code, ...expected }])
    expect(found[0]?.text).toMatch(/^[A-Z].{20,180}\.$/)
  })
})

/** Codes with the actions proposed. */
async function proposals(change: (account: Account) => unknown): Promise<readonly string[]> {
  const account = await makeAccount()
  await change(account)
  return (await findingsOf(account)).map(({ code, fix }) => `${code}: ${fix.action}`)
}

describe('further states', () => {
  test.each<readonly [string, (account: Account) => unknown, readonly string[]]>([
    [
      'an account without anything, where no backup is wanted',
      (account) => {
        noBackup(account)
        account.client = null
        account.content.clear()
        account.content.set(STABLE, { enabled: false })
      },
      [],
    ],
    [
      'a backup that was deleted on purpose',
      (account) => {
        noBackup(account)
        account.content.clear()
        account.content.set(UNSTABLE, { disabled: true })
      },
      ['backup_deleted: use_version'],
    ],
    [
      'the older setting alone, which wants a backup',
      (account) => {
        noBackup(account)
        account.client = null
        account.content.clear()
        account.content.set(UNSTABLE, { disabled: false })
      },
      ['preference_on_backup_off: create_version'],
    ],
    [
      'a version that was made and never used',
      (account) => {
        leaveBehind(account, '2', { count: 0 })
      },
      ['double_creation: delete_version'],
    ],
    [
      'a lost key with nobody to ask but a person',
      (account) => {
        account.client = null
        keyFrom(account, SECRET)
        changeAuthData(account, () => unsigned)
      },
      ['version_unsigned: enter_decryption_key', 'backup_secret_missing: enter_decryption_key'],
    ],
    [
      'the right key among the superseded ones',
      async (account) => {
        account.client = null
        await keep(account, '3', currentKey)
        await storeOnly(account, foreignKey, [account.storageKey])
      },
      ['backup_secret_foreign: store_key'],
    ],
    [
      'a secret whose content is no key',
      ({ content, storageKey: { key, keyId } }) => {
        const encrypted = encryptSecret(key.expose(), { name: SECRET, secret: 'no key' })
        content.set(SECRET, { encrypted: { [keyId]: encrypted } })
      },
      ['backup_secret_malformed: store_key'],
    ],
    [
      'a secret that lacks a field',
      ({ content, storageKey }) => content.set(SECRET, { encrypted: { [storageKey.keyId]: {} } }),
      ['backup_secret_not_decryptable: store_key'],
    ],
    [
      'secret storage that was never set up',
      ({ content }) => {
        content.clear()
      },
      ['backup_secret_missing: store_key', 'no_default_key: set_up_secret_storage'],
    ],
    [
      'a client without the key before the storage key is given',
      (account) => {
        changeClient(account, { publicKey: null })
        account.given = null
      },
      ['client_key_missing: enter_storage_key'],
    ],
    [
      'a signature that is invalid beside valid ones',
      (account) => {
        changeAuthData(account, (authData) => {
          const ofUser = (authData['signatures'] as Record<string, object>)[USER]
          return {
            ...authData,
            signatures: { [USER]: { ...ofUser, [`ed25519:${UNVERIFIED}`]: 'x' } },
          }
        })
      },
      ['signatures_invalid: sign_version'],
    ],
    [
      'auth_data that cannot be signed',
      (account) => {
        changeAuthData(account, (authData) => ({ ...authData, odd: 0.5 }))
      },
      ['signatures_invalid: replace_version'],
    ],
    [
      'signers that are not trusted, and the key in hand',
      (account) => {
        changeAuthData(account, () => signedBy(unsigned, UNVERIFIED, deviceKey(UNVERIFIED)))
      },
      ['signers_not_trusted: repair_version'],
    ],
    [
      'an older version that cannot be read',
      ({ failing }) => failing.set('1', OFFLINE),
      ['version_unreadable: retry'],
    ],
    [
      'a client on a version of which nothing is known',
      (account) => {
        changeClient(account, { version: '7' })
        account.failing.set('7', OFFLINE)
      },
      ['client_version_not_current: use_version', 'version_unreadable: retry'],
    ],
    [
      'several versions left behind',
      async (account) => {
        leaveBehind(account, '1', { key: foreignKey })
        leaveBehind(account, '2')
        await keep(account, '2', olderKey)
      },
      ['older_version_key_held: merge_version', 'older_version_key_lost: enter_decryption_key'],
    ],
  ])('%s', async (_, change, expected) => {
    expect(await proposals(change)).toEqual(expected)
  })
})

test('the worst comes first', async () => {
  const account = await makeAccount()
  changeClient(account, { etag: 'd', publicKey: null, total: 100 })
  const findings = await findingsOf(account)
  expect(findings.map(({ severity }) => severity)).toEqual(['error', 'warning', 'info'])
})

test('names that others chose stay on one line, and short', async () => {
  const account = await makeAccount()
  changeCurrent(account, () => ({ algorithm: `a\n\u202e${'x'.repeat(1_000)}` }))
  const [found] = await findingsOf(account)
  expect(found?.code).toBe('unknown_algorithm')
  expect(found?.text).toMatch(/^[^\p{Cc}\p{Cf}]{1,250}$/u)
})
