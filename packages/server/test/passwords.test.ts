import { expect, it } from 'vitest'
import { hashPassword, verifyPassword } from '../src/account/passwords.ts'

const salted =
  (byte: number) =>
  (length: number): Uint8Array =>
    new Uint8Array(length).fill(byte)

it('keeps the parameters and the salt with the hash', async () => {
  const stored = await hashPassword('password', salted(1))
  expect(stored).toMatch(/^scrypt\$32768\$8\$1\$AQEBAQEBAQEBAQEBAQEBAQ\$[\w+/]{43}$/)
  expect(await hashPassword('password', salted(2))).not.toBe(stored)
})

it('tells right from wrong', async () => {
  const stored = await hashPassword('pässword', salted(1))
  expect(await verifyPassword('pässword', stored)).toBe(true)
  expect(await verifyPassword('password', stored)).toBe(false)
  expect(await verifyPassword('', stored)).toBe(false)
})

it('verifies with the parameters that were stored', async () => {
  // RFC 7914, section 12: scrypt("password", "NaCl", N = 1024, r = 8, p = 16).
  const hash =
    '/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA'
  expect(await verifyPassword('password', `scrypt$1024$8$16$TmFDbA$${hash}`)).toBe(true)
})

it('nobody has no password', async () => {
  expect(await verifyPassword('', null)).toBe(false)
})

it('does not take a damaged hash for an answer', async () => {
  await expect(verifyPassword('x', 'plain')).rejects.toThrow('not readable')
})
