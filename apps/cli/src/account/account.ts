/** The account that a command works on: from the options, the environment, or the saved sign-in. */
import type { RoomKeysApi } from '@roomkeys/backup/ports'
import { createAccountData, createRoomKeysApi } from '@roomkeys/client/ports'
import type { SecretAccountData } from '@roomkeys/secret-storage'
import { createHomeserver, type Homeserver } from '@roomkeys/transport'
import { whoAmI } from '@roomkeys/transport/account'
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { findSecret, type SecretSource } from '../io/secrets.ts'
import { type Credentials, readCredentialsFile, readSavedCredentials } from './credentials.ts'
import { checkedAddress, findHomeserver } from './discovery.ts'

/** A signed-in account. */
export interface Account {
  readonly homeserver: Homeserver
  readonly userId: string
  readonly deviceId: string | null
  /** `/room_keys` of the account. */
  readonly api: RoomKeysApi
  readonly accountData: SecretAccountData
}

/** The access token of the account. */
export const ACCESS_TOKEN: SecretSource = {
  name: 'access token',
  option: 'accessTokenFile',
  env: 'ROOMKEYS_ACCESS_TOKEN',
}

/**
 * Where the server is: `--homeserver`, `MATRIX_HOMESERVER`, or where the user id leads; `null` when
 * nothing is given.
 *
 * @throws CliError `usage` or `discovery`
 */
export async function findAddress(
  { options, io, signal }: CommandContext,
  userId: string | null,
): Promise<string | null> {
  const address = options.text('homeserver') ?? io.env['MATRIX_HOMESERVER'] ?? ''
  if (address !== '') return checkedAddress(address)
  return userId === null ? null : findHomeserver(userId, { signal })
}

/** The homeserver of a token that is given by itself. */
async function addressForToken(context: CommandContext): Promise<string> {
  const address = await findAddress(context, context.options.text('user'))
  if (address !== null) return address
  throw new CliError('usage', 'The homeserver of the access token is needed.', {
    hint: 'Give --homeserver https://… or --user @you:example.org',
  })
}

/** Whose token it is: asked, because a token does not tell. */
async function ownerOf(
  homeserver: Homeserver,
  { signal, options }: CommandContext,
): Promise<Pick<Account, 'userId' | 'deviceId'>> {
  const { user_id: userId, device_id: deviceId } = await whoAmI(homeserver, { signal })
  const wanted = options.text('user')
  if (wanted !== null && wanted !== userId)
    throw new CliError('sign_in', `The access token is of ${userId}, not of ${wanted}.`)
  return { userId, deviceId: deviceId ?? null }
}

async function fromToken(context: CommandContext, accessToken: string): Promise<Credentials> {
  const baseUrl = await addressForToken(context)
  const homeserver = createHomeserver({ baseUrl, accessToken: checkedToken(accessToken) })
  return { homeserver: baseUrl, accessToken, ...(await ownerOf(homeserver, context)) }
}

/**
 * What can be sent in a header at all.
 *
 * @throws CliError `usage`
 */
export function checkedToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new CliError('usage', 'This is no access token: it has characters that none has.')
}

/** A file of credentials is sent where `--homeserver` says, or where the file says. */
async function fromFile(context: CommandContext, path: string): Promise<Credentials> {
  const credentials = await readCredentialsFile(context.io, path)
  const wanted = context.options.text('homeserver')
  return { ...credentials, homeserver: checkedAddress(wanted ?? credentials.homeserver) }
}

/** The saved token goes to the server that gave it, and nowhere else. */
async function fromSaved(context: CommandContext): Promise<Credentials | null> {
  const saved = await readSavedCredentials(context.io)
  if (saved === null) return null
  const wanted = context.options.text('homeserver')
  if (wanted !== null && checkedAddress(wanted) !== checkedAddress(saved.homeserver))
    throw new CliError('usage', 'The saved sign-in is of another homeserver.', {
      hint: `It is of ${saved.homeserver}. Run roomkeys login for the other one.`,
    })
  const user = context.options.text('user')
  if (user === null || user === saved.userId) return saved
  throw new CliError('usage', `The saved sign-in is of ${saved.userId}.`, {
    hint: `Run roomkeys login ${user}.`,
  })
}

/**
 * The sign-in that a command is given: `--access-token-file`, `--credentials`,
 * `ROOMKEYS_ACCESS_TOKEN`, or the saved one; `null` when there is none.
 *
 * @throws CliError
 */
export async function findCredentials(context: CommandContext): Promise<Credentials | null> {
  const { options } = context
  const file = options.text('credentials')
  if (file !== null && options.text('accessTokenFile') !== null)
    throw new CliError('usage', '--credentials and --access-token-file exclude each other.')
  if (file !== null) return fromFile(context, file)
  const token = await findSecret(context, ACCESS_TOKEN)
  return token === null ? fromSaved(context) : fromToken(context, token)
}

/** The account of a sign-in. Sends nothing. */
export function accountOf({
  homeserver: baseUrl,
  accessToken,
  userId,
  deviceId,
}: Credentials): Account {
  const homeserver = createHomeserver({ baseUrl, accessToken: checkedToken(accessToken) })
  const api = createRoomKeysApi(homeserver)
  return { homeserver, userId, deviceId, api, accountData: createAccountData(homeserver, userId) }
}

/**
 * The account that a command works on.
 *
 * @throws CliError `sign_in` when there is no sign-in
 */
export async function signedIn(context: CommandContext): Promise<Account> {
  const credentials = await findCredentials(context)
  if (credentials !== null) return accountOf(credentials)
  throw new CliError('sign_in', 'You are not signed in.', {
    hint: 'Run roomkeys login @you:example.org, or give --access-token-file or --credentials.',
  })
}
