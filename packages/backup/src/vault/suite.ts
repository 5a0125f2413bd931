/** What every vault does. */
import { type DecryptionKey, decryptionKeyFromBytes } from '../decryption-key.ts'
import type { SecretVault } from '../ports/secret-vault.ts'
import { assert, assertEqual, rejection, type SuiteCase } from '../stores/suite/suite-case.ts'

/** A key that is the same on every run. */
function keyOf(byte: number): DecryptionKey {
  return decryptionKeyFromBytes(new Uint8Array(32).fill(byte))
}

/** Whether a vault gave this very key, private part included; the message shows no key. */
function assertKey(
  found: DecryptionKey | null,
  expected: DecryptionKey | null,
  what: string,
): void {
  assertEqual(found?.publicKey ?? null, expected?.publicKey ?? null, what)
  const [bytes, expectedBytes] = [found, expected].map((key) => key?.privateKey.expose().join())
  assert(bytes === expectedBytes, `${what} has its private key`)
}

async function makesCurrent(open: () => Promise<SecretVault>): Promise<void> {
  const vault = await open()
  const [old, next] = [keyOf(1), keyOf(2)]
  await vault.makeCurrent(old)
  assertKey(await vault.current(), old, 'the current key')
  await vault.makeCurrent(next)
  assertKey(await vault.current(), next, 'the next current key')
  assertKey(await vault.find(next.publicKey), next, 'the current key by its public key')
  assertKey(await vault.find(old.publicKey), old, 'the key that was superseded')
}

async function forgets(open: () => Promise<SecretVault>): Promise<void> {
  const vault = await open()
  const [old, next, other] = [keyOf(1), keyOf(2), keyOf(3)]
  await vault.makeCurrent(old)
  await vault.keep(other)
  await vault.makeCurrent(next)
  await vault.forget(old.publicKey)
  await vault.forget(old.publicKey)
  await vault.forget('no key at all')
  assertKey(await vault.find(old.publicKey), null, 'the key that was forgotten')
  assertKey(await vault.find(other.publicKey), other, 'the key beside it')
  assertKey(await vault.current(), next, 'the current key')
  await vault.forget(next.publicKey)
  assertKey(await vault.current(), next, 'the current key, which is not forgotten')
  assertKey(await vault.find(next.publicKey), next, 'the current key by its public key')
}

async function repeats(open: () => Promise<SecretVault>): Promise<void> {
  const vault = await open()
  const [old, next] = [keyOf(1), keyOf(2)]
  for (const key of [old, next, next]) {
    await vault.keep(key)
    await vault.keep(key)
    await vault.makeCurrent(key)
    await vault.makeCurrent(key)
  }
  await vault.keep(next)
  assertKey(await vault.current(), next, 'the current key')
  await vault.makeCurrent(old)
  assertKey(await vault.current(), old, 'the old key, current again')
  await vault.forget(next.publicKey)
  assertKey(await vault.find(next.publicKey), null, 'the other key, forgotten')
}

async function keepsManyAtOnce(open: () => Promise<SecretVault>): Promise<void> {
  const vault = await open()
  const keys = [1, 2, 3].map(keyOf)
  await Promise.all(keys.map((key) => vault.keep(key)))
  for (const key of keys) assertKey(await vault.find(key.publicKey), key, 'a key kept with others')
}

/** Compliance suite of `SecretVault`. */
export const secretVaultSuite: readonly SuiteCase<SecretVault>[] = [
  {
    title: 'an empty vault has no key',
    run: async (open) => {
      const vault = await open()
      assertKey(await vault.current(), null, 'the current key')
      assertKey(await vault.find(keyOf(1).publicKey), null, 'a key that was never kept')
    },
  },
  {
    title: 'a kept key is found and is not the current one',
    run: async (open) => {
      const vault = await open()
      await vault.keep(keyOf(1))
      assertKey(await vault.find(keyOf(1).publicKey), keyOf(1), 'the kept key')
      assertKey(await vault.current(), null, 'the current key')
    },
  },
  { title: 'a new current key leaves the one before it kept', run: makesCurrent },
  { title: 'a kept key is forgotten, and the current one never', run: forgets },
  { title: 'everything may be repeated', run: repeats },
  { title: 'keys that are kept at once are all kept', run: keepsManyAtOnce },
  {
    title: 'a key that is destroyed outside is not destroyed inside',
    run: async (open) => {
      const vault = await open()
      const [given, expected] = [keyOf(1), keyOf(1)]
      await vault.makeCurrent(given)
      given.privateKey.destroy()
      const first = await vault.current()
      assertKey(first, expected, 'the current key')
      first?.privateKey.destroy()
      assertKey(await vault.current(), expected, 'the current key again')
      assertKey(await vault.find(expected.publicKey), expected, 'the key by its public key')
    },
  },
  {
    title: 'a signal that is aborted stops every operation before it does anything',
    run: async (open) => {
      const vault = await open()
      await vault.makeCurrent(keyOf(1))
      const reason = new Error('This signal is aborted on purpose')
      const options = { signal: AbortSignal.abort(reason) }
      const { publicKey } = keyOf(1)
      const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['current', () => vault.current(options)],
        ['find', () => vault.find(publicKey, options)],
        ['keep', () => vault.keep(keyOf(2), options)],
        ['makeCurrent', () => vault.makeCurrent(keyOf(2), options)],
        ['forget', () => vault.forget(publicKey, options)],
      ]
      for (const [name, call] of calls)
        assert((await rejection(call(), name)) === reason, `${name} rejects with the reason`)
      assertKey(await vault.current(), keyOf(1), 'the current key')
      assertKey(await vault.find(keyOf(2).publicKey), null, 'the other key')
    },
  },
]
