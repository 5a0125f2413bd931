/**
 * What every implementation of the ports does, as cases that any test runner can run:
 *
 * ```ts
 * for (const { title, run } of roomKeyStoreSuite) test(title, () => run(async () => openMyStore()))
 * ```
 */
import type { RoomKeyStore } from './ports/room-key-store.ts'
import { iterationCases } from './stores/suite/iteration.ts'
import { pendingCases } from './stores/suite/pending.ts'
import type { SuiteCase } from './stores/suite/suite-case.ts'
import { updateCases } from './stores/suite/updates.ts'

export { journalSuite } from './stores/suite/journal.ts'
export { secretVaultSuite } from './vault/suite.ts'

export type { SuiteCase } from './stores/suite/suite-case.ts'

/** Compliance suite of `RoomKeyStore`. */
export const roomKeyStoreSuite: readonly SuiteCase<RoomKeyStore>[] = [
  ...updateCases,
  ...pendingCases,
  ...iterationCases,
]
