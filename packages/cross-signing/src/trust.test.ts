import { describe, expect, test } from 'vitest'
import {
  answerAbout,
  crossSigningKey,
  deviceKeys,
  keyPair,
  makeUser,
  signedBy,
  unsigned,
  type User,
} from '../test/world.ts'
import { type CallerTrust, inspectUser } from './report.ts'
import { trustedKeys } from './trust.ts'

const alice = makeUser('@alice:example.org', 10)
const bob = makeUser('@bob:example.org', 20)

/** Bob, whose master key Alice's user-signing key has signed. */
const verifiedBob: User = {
  ...bob,
  objects: {
    ...bob.objects,
    master: signedBy(bob.objects.master, { userId: alice.userId }, alice.userSigning),
  },
}

const device = { deviceId: alice.deviceId, publicKey: alice.device.publicKey }
const byDevice: CallerTrust = { userId: alice.userId, device }
const byMaster: CallerTrust = {
  userId: alice.userId,
  masterKeys: new Map([[alice.userId, alice.master.publicKey]]),
}
const nobody: CallerTrust = { userId: alice.userId }

const allOf = ({ userId, deviceId, master, device: { publicKey } }: User) => ({
  userId,
  masterKey: master.publicKey,
  devices: new Map([[deviceId, publicKey]]),
})
const nothingOf = ({ userId }: User) => ({ userId, masterKey: null, devices: new Map() })

/** What is trusted of a user after some of the published objects were replaced. */
function trusted(user: User, trust: CallerTrust, ...others: readonly User[]) {
  return trustedKeys(inspectUser(answerAbout(user, ...others), user.userId, trust))
}

function withObjects(user: User, objects: Partial<User['objects']>): User {
  return { ...user, objects: { ...user.objects, ...objects } }
}

describe('the own keys are trusted', () => {
  test('when the own device has signed the master key', () => {
    expect(trusted(alice, byDevice)).toEqual(allOf(alice))
  })

  test('when the master key is the known one, padded or not', () => {
    expect(trusted(alice, byMaster)).toEqual(allOf(alice))
    const masterKeys = new Map([[alice.userId, `${alice.master.publicKey}=`]])
    expect(trusted(alice, { userId: alice.userId, masterKeys })).toEqual(allOf(alice))
  })

  test('but not when nothing is known', () => {
    expect(trusted(alice, nobody)).toEqual(nothingOf(alice))
  })

  test('but not when another master key is known, whoever has signed this one', () => {
    const masterKeys = new Map([[alice.userId, keyPair(99).publicKey]])
    const own = new Map([[alice.deviceId, alice.device.publicKey]])
    const found = trusted(alice, { ...byDevice, masterKeys })
    expect(found).toEqual({ userId: alice.userId, masterKey: null, devices: own })
  })

  test('but not by a listed device that only has the name of the own one', () => {
    const impostor = keyPair(66)
    const listed = withObjects(alice, {
      master: signedBy(crossSigningKey(alice.userId, 'master', alice.master), alice, impostor),
      device: deviceKeys(alice.userId, alice.deviceId, impostor),
    })
    const report = inspectUser(answerAbout(listed), alice.userId, byDevice)
    expect(report.devices[0]).toMatchObject({
      own: 'mismatch',
      selfSignature: 'valid',
      masterSignature: 'valid',
    })
    expect(report.identity.master?.ownDeviceSignature).toBe('invalid')
    expect(trustedKeys(report)).toEqual(nothingOf(alice))
  })

  test('and an impostor of the own device is not trusted even when it is cross-signed', () => {
    const impostor = deviceKeys(alice.userId, alice.deviceId, keyPair(66))
    const listed = withObjects(alice, {
      device: signedBy(impostor, { userId: alice.userId }, alice.selfSigning),
    })
    const trust = { ...byDevice, ...byMaster }
    const [facts] = inspectUser(answerAbout(listed), alice.userId, trust).devices
    expect(facts).toMatchObject({
      own: 'mismatch',
      selfSignature: 'valid',
      crossSignature: 'valid',
    })
    expect(trusted(listed, trust)).toEqual({ ...allOf(alice), devices: new Map() })
  })
})

describe('a device is not trusted', () => {
  const { selfSigning, userSigning, device: raw } = alice.objects
  const noDevices = { ...allOf(alice), devices: new Map() }

  test('when it is not cross-signed', () => {
    const device = deviceKeys(alice.userId, alice.deviceId, alice.device)
    expect(trusted(withObjects(alice, { device }), byMaster)).toEqual(noDevices)
  })

  test('when it has not signed its own keys', () => {
    const device = signedBy(unsigned(raw), { userId: alice.userId }, alice.selfSigning)
    expect(trusted(withObjects(alice, { device }), byMaster)).toEqual(noDevices)
  })

  test('when the self-signing key is not signed by the master key', () => {
    const found = trusted(withObjects(alice, { selfSigning: unsigned(selfSigning) }), byMaster)
    expect(found).toEqual(noDevices)
  })

  test('when the user-signing key stands in place of the self-signing key', () => {
    const device = signedBy(
      deviceKeys(alice.userId, alice.deviceId, alice.device),
      { userId: alice.userId },
      alice.userSigning,
    )
    const swapped = withObjects(alice, { selfSigning: userSigning, device })
    const report = inspectUser(answerAbout(swapped), alice.userId, byMaster)
    expect(report.identity.selfSigning?.form.usageMatches).toBe(false)
    expect(report.identity.selfSigning?.masterSignature).toBe('valid')
    expect(report.devices[0]?.crossSignature).toBe('valid')
    expect(trustedKeys(report)).toEqual(noDevices)
  })

  test('when it is listed under another id', () => {
    const answer = {
      ...answerAbout(alice),
      device_keys: { [alice.userId]: { OTHER: alice.objects.device } },
    }
    const report = inspectUser(answer, alice.userId, byMaster)
    expect(report.devices[0]).toMatchObject({
      deviceId: 'OTHER',
      userIdMatches: true,
      deviceIdMatches: false,
      ed25519: null,
      selfSignature: 'unverifiable',
      crossSignature: 'valid',
    })
    expect(trustedKeys(report)).toEqual(noDevices)
  })

  test('when it is listed under another user', () => {
    const answer = {
      ...answerAbout(alice),
      device_keys: { [bob.userId]: { [alice.deviceId]: alice.objects.device } },
    }
    const report = inspectUser(answer, bob.userId, byMaster)
    expect(report.devices[0]).toMatchObject({ userIdMatches: false, selfSignature: 'missing' })
    expect(trustedKeys(report)).toEqual(nothingOf(bob))
  })

  test('when it calls itself what a cross-signing key is called', () => {
    for (const { publicKey } of [alice.master, alice.selfSigning]) {
      const pair = keyPair(77)
      const keys = deviceKeys(alice.userId, publicKey, pair)
      const named = { ...withObjects(alice, { device: keys }), deviceId: publicKey }
      const report = inspectUser(answerAbout(named), alice.userId, byMaster)
      expect(report.devices[0]?.selfSignature).toBe('valid')
      expect(report.devices[0]?.crossSignature).not.toBe('valid')
      expect(report.devices[0]?.masterSignature).not.toBe('valid')
      expect(trustedKeys(report)).toEqual(noDevices)
    }
  })
})

describe('another user is trusted', () => {
  test('through master key, user-signing key and signature', () => {
    for (const trust of [byDevice, byMaster])
      expect(trusted(verifiedBob, trust, alice)).toEqual(allOf(bob))
    const report = inspectUser(answerAbout(verifiedBob, alice), bob.userId, byDevice)
    expect(report.userSignature).toBe('valid')
    expect(report.ownIdentity?.userSigning?.masterSignature).toBe('valid')
    expect(report.identity.master?.ownDeviceSignature).toBeNull()
    expect(report.devices[0]?.own).toBe('unknown')
  })

  test('when the master key is the known one', () => {
    const masterKeys = new Map([[bob.userId, bob.master.publicKey]])
    expect(trusted(bob, { userId: alice.userId, masterKeys })).toEqual(allOf(bob))
  })

  test.each([
    { when: 'without the signature', users: [bob, alice], trust: byDevice, signature: 'missing' },
    {
      when: 'without the own keys in the answer',
      users: [verifiedBob],
      trust: byDevice,
      signature: 'unverifiable',
    },
    {
      when: 'when nothing own is trusted',
      users: [verifiedBob, alice],
      trust: nobody,
      signature: 'valid',
    },
  ])('but not $when', ({ users, trust, signature }) => {
    const answer = answerAbout(...users)
    const report = inspectUser(answer, bob.userId, trust)
    expect(report.userSignature).toBe(signature)
    expect(trustedKeys(report)).toEqual(nothingOf(bob))
  })

  test('but not when the master key is another than the known one, although it is signed', () => {
    const masterKeys = new Map([[bob.userId, keyPair(99).publicKey]])
    expect(trusted(verifiedBob, { ...byDevice, masterKeys }, alice)).toEqual(nothingOf(bob))
  })

  test('but not through a user-signing key that is not signed by the own master key', () => {
    const userSigning = unsigned(alice.objects.userSigning)
    const found = trusted(verifiedBob, byDevice, withObjects(alice, { userSigning }))
    expect(found).toEqual(nothingOf(bob))
  })

  test('but not through the self-signing key', () => {
    const master = signedBy(bob.objects.master, { userId: alice.userId }, alice.selfSigning)
    expect(trusted(withObjects(bob, { master }), byDevice, alice)).toEqual(nothingOf(bob))
  })
})
