/** Vaults: where decryption keys are kept, the superseded ones too. */
export { createMemoryVault } from './vault/memory-vault.ts'
export { secretStorageVault } from './vault/secret-storage-vault.ts'

export type { SecretStorageVaultOptions } from './vault/secret-storage-vault.ts'
