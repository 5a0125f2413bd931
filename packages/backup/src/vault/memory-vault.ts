/** A vault in memory. */
import { SecretBytes } from '@roomkeys/crypto/secret'
import type { DecryptionKey } from '../decryption-key.ts'
import type { SecretVault } from '../ports/secret-vault.ts'

/** A key of its own: whoever destroys the other one destroys no more. */
function copyOf({ privateKey, publicKey }: DecryptionKey): DecryptionKey {
  return { privateKey: new SecretBytes(privateKey.expose()), publicKey }
}

/** Makes an empty vault, which lives as long as the process. */
export function createMemoryVault(): SecretVault {
  const kept = new Map<string, DecryptionKey>()
  let current: string | null = null

  function found(publicKey: string | null): DecryptionKey | null {
    const key = publicKey === null ? undefined : kept.get(publicKey)
    return key === undefined ? null : copyOf(key)
  }

  return {
    current: async (options) => {
      await Promise.resolve(options?.signal?.throwIfAborted())
      return found(current)
    },
    find: async (publicKey, options) => {
      await Promise.resolve(options?.signal?.throwIfAborted())
      return found(publicKey)
    },
    keep: async (key, options) => {
      await Promise.resolve(options?.signal?.throwIfAborted())
      kept.set(key.publicKey, copyOf(key))
    },
    makeCurrent: async (key, options) => {
      await Promise.resolve(options?.signal?.throwIfAborted())
      kept.set(key.publicKey, copyOf(key))
      current = key.publicKey
    },
    forget: async (publicKey, options) => {
      await Promise.resolve(options?.signal?.throwIfAborted())
      if (publicKey !== current) kept.delete(publicKey)
    },
  }
}
