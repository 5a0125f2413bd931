/**
 * Two devices of one user verify each other by emoji. Everything that is said goes through messages to
 * devices; afterwards the new device asks the old one for its secrets, encrypted with a one-time key.
 */
import {
  type ShowSasCallbacks,
  VerificationPhase,
  type VerificationRequest,
  type Verifier,
} from 'matrix-js-sdk/lib/crypto-api/verification.js'
import type { JsSdkDevice } from '../peers/js-sdk-client.ts'
import { until } from './key-storage.ts'

const SAS = 'm.sas.v1'

function incomingRequest({ account, crypto }: JsSdkDevice): Promise<VerificationRequest> {
  return until(() =>
    Promise.resolve(crypto.getVerificationRequestsToDeviceInProgress(account.userId)[0]),
  )
}

/** The emoji that a verifier shows; the person says that they are the same on both. */
function shownSas(verifier: Verifier): Promise<ShowSasCallbacks> {
  return until(() => Promise.resolve(verifier.getShowSasCallbacks()))
}

async function inPhase(request: VerificationRequest, phase: VerificationPhase): Promise<void> {
  await until(() => Promise.resolve(request.phase === phase))
}

/** Both see the same emoji, and both say so. */
async function confirmBoth(verifiers: readonly Verifier[]): Promise<readonly string[]> {
  const done = verifiers.map((verifier) => verifier.verify())
  const shown = await Promise.all(verifiers.map(shownSas))
  await Promise.all(shown.map((sas) => sas.confirm()))
  await Promise.all(done)
  return shown.map(({ sas }) => JSON.stringify(sas.emoji))
}

/** Verifies; the emoji that each device showed. */
export async function verifyByEmoji(
  fresh: JsSdkDevice,
  trusted: JsSdkDevice,
): Promise<readonly string[]> {
  const asked = await fresh.crypto.requestOwnUserVerification()
  const received = await incomingRequest(trusted)
  await received.accept()
  await inPhase(asked, VerificationPhase.Ready)
  const starting = await asked.startVerification(SAS)
  // The SDK sends the start once the verifier runs, and only then the other side has one.
  void starting.verify().catch(() => undefined)
  await inPhase(received, VerificationPhase.Started)
  const { verifier } = received
  if (verifier === undefined) throw new Error('The other device has no verifier')
  return confirmBoth([starting, verifier])
}

/** Waits until a device has been sent the private cross-signing keys and the backup key. */
export async function receivedSecrets({ crypto }: JsSdkDevice): Promise<void> {
  await until(async () => {
    const { privateKeysCachedLocally: cached } = await crypto.getCrossSigningStatus()
    const all = cached.masterKey && cached.selfSigningKey && cached.userSigningKey
    return all && (await crypto.getSessionBackupPrivateKey()) !== null
  })
}
