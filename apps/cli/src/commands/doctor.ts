/** `roomkeys doctor`: what is wrong with the backup, and what to do. It only reads. */
import { examine, type Finding, gatherEvidence, type Severity } from '@roomkeys/backup/doctor'
import { CrossSigningError } from '@roomkeys/cross-signing'
import { SecretStorageError, type SecretStorageKey } from '@roomkeys/secret-storage'
import { type Account, signedIn } from '../account/account.ts'
import { ALGORITHMS } from '../account/algorithms.ts'
import { whatToRun } from '../account/fix-commands.ts'
import { findGiven, unlockStorage } from '../account/given-key.ts'
import { identify, identityText } from '../account/identify.ts'
import { callerOf, readPublishedKeys } from '../account/trust.ts'
import type { CommandContext, Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { readStoredMasterKey } from '../keys/master-key.ts'
import type { Emphasis, Style } from '../io/style.ts'

const EMPHASIS: Readonly<Record<Severity, Emphasis>> = {
  error: 'red',
  warning: 'yellow',
  info: 'dim',
}

async function storageKeyOf(
  context: CommandContext,
  account: Account,
): Promise<SecretStorageKey | null> {
  const given = await findGiven(context)
  if (given === null) return null
  try {
    return await unlockStorage(account, given, context.signal)
  } catch (error) {
    if (!(error instanceof SecretStorageError)) throw error
    const what =
      given.kind === 'key'
        ? identityText(await identify(account, given.key, context.signal))
        : 'The security phrase does not open secret storage.'
    context.output.warn(`Secret storage stays closed. ${what}`)
    return null
  }
}

/** The master key that the person has stored; what is none proves nothing. */
async function masterKeyOf(
  { output, signal }: CommandContext,
  { accountData }: Account,
  storage: SecretStorageKey | null,
): Promise<string | null> {
  if (storage === null) return null
  try {
    return await readStoredMasterKey(accountData, storage, { signal })
  } catch (error) {
    if (!(error instanceof SecretStorageError || error instanceof CrossSigningError)) throw error
    output.warn(`The master key in secret storage cannot be read: ${error.message}.`)
    return null
  }
}

async function findingsOf(context: CommandContext): Promise<readonly Finding[]> {
  const account = await signedIn(context)
  const { signal } = context
  const storage = await storageKeyOf(context, account)
  const masterKey = await masterKeyOf(context, account, storage)
  const { api, accountData } = account
  const ports = {
    currentVersion: api.currentVersion,
    readVersion: api.readVersion,
    accountData: (type: string) => accountData.get(type, { signal }),
    queryKeys: () => readPublishedKeys(account, signal),
  }
  const evidence = await gatherEvidence(ports, {
    caller: callerOf(account, masterKey),
    algorithms: ALGORITHMS,
    signal,
    ...(storage !== null && { storageKey: storage.key }),
  })
  return examine(evidence)
}

/** A finding as `--json` has it. */
function told({ code, severity, text, evidence, fix }: Finding) {
  return { code, severity, text, evidence, fix, run: whatToRun(fix) }
}

function textOf(findings: readonly ReturnType<typeof told>[], style: Style): string {
  if (findings.length === 0) return 'Nothing is wrong that can be seen from here.'
  return findings
    .map(({ code, severity, text, run: what }) => {
      const head = style(EMPHASIS[severity], `${severity}: ${code}`)
      return `${head}\n  ${text}\n  What to do: ${what}`
    })
    .join('\n\n')
}

/** Examines the account. Ends with 1 when something has to be done. */
export const run: Run = async (context) => {
  const findings = (await findingsOf(context)).map(told)
  await context.output.result({ findings }, () => textOf(findings, context.output.style))
  return findings.some(({ severity }) => severity === 'error') ? EXIT.error : EXIT.ok
}
