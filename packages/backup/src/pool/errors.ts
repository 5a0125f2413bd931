/** The error of a pool. */
import { BackupError } from '../errors.ts'

/** A worker died, or was ended, before it had done its work. Nothing was lost by it. */
export class WorkerLostError extends BackupError {
  override readonly name = 'WorkerLostError'
  /** The pool starts another worker. */
  override readonly retryable = true

  constructor(message: string, options?: ErrorOptions) {
    super('worker_lost', message, options)
  }
}
