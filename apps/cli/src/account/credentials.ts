/** The saved sign-in, and the ones of matrix-commander: the same four facts. */
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { CliError } from '../errors.ts'
import { PRIVATE_MODE, writeAtomically } from '../io/atomic-file.ts'
import type { Io } from '../io/io.ts'
import { configFolder } from './config-folder.ts'
import { readPrivateFile } from './private-file.ts'

/** A sign-in. */
export interface Credentials {
  /** Address of the homeserver. */
  readonly homeserver: string
  readonly userId: string
  /** `null` for access tokens without a device. */
  readonly deviceId: string | null
  readonly accessToken: string
}

const credentialsSchema = v.looseObject({
  homeserver: v.pipe(v.string(), v.url()),
  user_id: v.pipe(v.string(), v.startsWith('@')),
  device_id: v.optional(v.nullable(v.string())),
  access_token: v.pipe(v.string(), v.nonEmpty()),
})

function parse(text: string, path: string): Credentials {
  const file = v.safeParse(v.pipe(v.string(), v.parseJson(), credentialsSchema), text)
  // What valibot says of the failure quotes the values.
  if (!file.success) throw new CliError('bad_file', `${path} holds no sign-in.`)
  const {
    homeserver,
    user_id: userId,
    device_id: deviceId,
    access_token: accessToken,
  } = file.output
  return { homeserver, userId, deviceId: deviceId ?? null, accessToken }
}

/** Where the sign-in is saved. */
export function credentialsPath(io: Io): string {
  return join(configFolder(io), 'credentials.json')
}

/**
 * Reads the saved sign-in; `null` when there is none.
 *
 * @throws CliError `bad_file` when others can read it, or when it holds no sign-in
 */
export async function readSavedCredentials(io: Io): Promise<Credentials | null> {
  const path = credentialsPath(io)
  const text = await readPrivateFile(path, io.platform)
  return text === null ? null : parse(text, path)
}

/**
 * Reads a credentials file of matrix-commander.
 *
 * @throws CliError `not_found`, or `bad_file` when others can read it or when it holds no sign-in
 */
export async function readCredentialsFile(io: Io, path: string): Promise<Credentials> {
  const text = await readPrivateFile(path, io.platform)
  if (text === null) throw new CliError('not_found', `${path} does not exist.`)
  return parse(text, path)
}

/** Saves a sign-in for the commands that follow, where nobody else can read it. */
export async function saveCredentials(io: Io, credentials: Credentials): Promise<string> {
  const path = credentialsPath(io)
  await mkdir(dirname(path), { recursive: true, mode: PRIVATE_MODE | 0o100 })
  const { homeserver, userId, deviceId, accessToken } = credentials
  const content = { homeserver, user_id: userId, device_id: deviceId, access_token: accessToken }
  await writeAtomically(path, (file) => file.write(`${JSON.stringify(content, null, 2)}\n`))
  return path
}

/** Removes the saved sign-in. */
export async function forgetCredentials(io: Io): Promise<void> {
  await rm(credentialsPath(io), { force: true })
}
