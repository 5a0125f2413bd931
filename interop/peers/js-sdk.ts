/** Secret-storage items of matrix-js-sdk. It has no entry for them alone; these two modules stand apart. */
import jsSdkDecrypt from 'matrix-js-sdk/lib/utils/decryptAESSecretStorageItem.js'
import jsSdkEncrypt from 'matrix-js-sdk/lib/utils/encryptAESSecretStorageItem.js'

/** An item as it stands in account data. */
export interface SecretItem {
  readonly iv: string
  readonly ciphertext: string
  readonly mac: string
}

/** A secret with the name that it is stored under. */
export interface NamedText {
  readonly name: string
  readonly secret: string
}

/** Encrypts a secret. */
export async function encryptByJsSdk(
  key: Uint8Array<ArrayBuffer>,
  { name, secret }: NamedText,
): Promise<SecretItem> {
  return jsSdkEncrypt(secret, key, name)
}

/** Decrypts an item; fails when its MAC does not match. */
export async function decryptByJsSdk(
  key: Uint8Array<ArrayBuffer>,
  name: string,
  item: SecretItem,
): Promise<string> {
  return jsSdkDecrypt({ ...item }, key, name)
}
