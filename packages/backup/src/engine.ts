/**
 * The backup engine: keeps the store's sessions in the backup, whatever happens on the way.
 *
 * `createBackupEngine` runs it; `transition` is what it decides by, pure and without ports.
 */
export { createBackupEngine } from './engine/create-engine.ts'
export { publicKeyTextOf } from './engine/key.ts'
export { operationOf } from './engine/operation.ts'
export { INITIAL, transition } from './engine/transition.ts'

export type { BackupEngine, Listener } from './engine/create-engine.ts'
export type { Effect, Operation } from './engine/effects.ts'
export type {
  Command,
  EngineEvent,
  EngineEventType,
  Guarded,
  Memory,
  Outcome,
  PendingRead,
  Result,
} from './engine/events.ts'
export type { Backup, BackupKey, SeenVersion } from './engine/key.ts'
export type { Notice } from './engine/notices.ts'
export type { Pace } from './engine/pace.ts'
export type { EnginePorts, EvaluateTrust, PreferencePort, SignAuthData } from './engine/ports.ts'
export type {
  Attempted,
  Crashed,
  Creating,
  CreatingStep,
  Disabled,
  DisabledReason,
  Disabling,
  Downloading,
  Enabled,
  Enabling,
  EstablishingStep,
  Paused,
  PauseReason,
  Progress,
  Rechecking,
  Resuming,
  State,
  StateKind,
  Untrusted,
  WrongVersion,
  WrongVersionReason,
} from './engine/state.ts'
export type { Numbered, Transition } from './engine/transition.ts'
export type { RefusalReason, SealedKey, Settled, Upload, Work } from './engine/upload.ts'
export type { RefusedKey, WaitOptions, WaitReport } from './engine/wait.ts'
export type { Failure } from './upload/back-off.ts'
