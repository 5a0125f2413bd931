import { generateDecryptionKey } from '@roomkeys/backup'
import { backupVersion, type BackupVersionInfo, type JsonObject } from '@roomkeys/types'
import { describe, expect, it } from 'vitest'
import { eventOf, passphraseData } from './check-key.ts'

const key = generateDecryptionKey()

function versionWith(auth_data: JsonObject): BackupVersionInfo {
  const algorithm = 'm.megolm_backup.v1.curve25519-aes-sha2'
  return { algorithm, auth_data, count: 0, etag: '0', version: backupVersion('1') }
}

const version = versionWith({ public_key: key.publicKey })

describe('eventOf', () => {
  it('lets the key of the backup pass', () => {
    const event = eventOf({ kind: 'backup_key', key, version }, 'decryption-key')
    expect(event).toEqual({ type: 'key-identified', key, backup: version, notice: null })
  })

  it('takes the key that the secret-storage key gave, and says so', () => {
    const identity = { kind: 'secret_storage_key', keyId: 'k', backup: { key, version } } as const
    const event = eventOf(identity, 'decryption-key')
    expect(event).toMatchObject({ type: 'key-identified', key, notice: { tone: 'info' } })
    expect(JSON.stringify(event)).toContain('secret-storage key, not the backup’s')
  })

  it.each([
    [
      { kind: 'secret_storage_key', keyId: 'k', backup: null },
      'decryption-key',
      'secret-storage key',
    ],
    [{ kind: 'unknown_key', version }, 'decryption-key', 'older backup'],
    [{ kind: 'no_backup' }, 'step', 'gone'],
    [{ kind: 'unsupported_algorithm', algorithm: 'm.new' }, 'step', 'm.new'],
  ] as const)('refuses %o', (identified, place, text) => {
    const event = eventOf(identified, 'decryption-key')
    expect(event).toMatchObject({ type: 'failed', notice: { place, tone: 'error' } })
    expect(JSON.stringify(event)).toContain(text)
  })

  it('speaks of the passphrase where one was typed', () => {
    expect(eventOf({ kind: 'unknown_key', version }, 'backup-passphrase')).toMatchObject({
      notice: { place: 'backup-passphrase', text: expect.stringContaining('passphrase') as string },
    })
  })
})

describe('passphraseData', () => {
  it('is there where the backup has a salt', () => {
    const salted = { ...version.auth_data, private_key_salt: 's', private_key_iterations: 1 }
    expect(passphraseData(versionWith(salted))).toEqual(salted)
  })

  it.each([version, { ...version, algorithm: 'm.new' }, versionWith({ public_key: 1 })])(
    'is not there otherwise',
    (without) => {
      expect(passphraseData(without)).toBeNull()
    },
  )
})
