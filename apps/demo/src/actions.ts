/** What a person can do on the page. Each is refused where the state does not offer it. */
import { checkKey, checkPassphrase, passphraseData } from './effects/check-key.ts'
import { restore } from './effects/restore.ts'
import { fileNameOf, saveFile } from './effects/save-file.ts'
import { signIn } from './effects/sign-in.ts'
import { signOut } from './effects/sign-out.ts'
import {
  type Checked,
  readBackupPassphrase,
  readFilePassphrase,
  readKey,
  readSignIn,
  type SignInMethod,
} from './forms.ts'
import type { Runner } from './runner.ts'
import type { DemoEvent, State } from './state.ts'

/** What actions work with. */
export interface ActionContext {
  readonly state: () => State
  readonly dispatch: (event: DemoEvent) => void
  readonly runner: Runner
}

/** What a person can do. */
export interface Actions {
  readonly signIn: (form: FormData, method: SignInMethod) => void
  readonly lookForBackup: () => void
  readonly checkKey: (form: FormData) => void
  readonly checkPassphrase: (form: FormData) => void
  readonly restore: () => void
  readonly saveFile: (form: FormData) => void
  readonly cancel: () => void
  readonly signOut: () => void
}

/** The form's value, or `null` after the page was told what is wrong with it. */
function accepted<T>({ dispatch }: ActionContext, checked: Checked<T>): T | null {
  if ('value' in checked) return checked.value
  dispatch({ type: 'refused', notice: checked.notice })
  return null
}

/** Overwrites the key, if there is one. */
function forgetKey(state: State): void {
  if ('key' in state) state.key.privateKey.destroy()
}

function startSignIn(context: ActionContext, form: FormData, method: SignInMethod): void {
  if (context.state().step !== 'signed-out') return
  const value = accepted(context, readSignIn(form, method))
  if (value === null) return
  context.dispatch({ type: 'sign-in-started' })
  context.runner.run(method === 'token' ? 'sign-in-with-token' : 'sign-in', signIn(value))
}

function lookForBackup({ state, dispatch }: ActionContext): void {
  const before = state()
  dispatch({ type: 'backup-wanted' })
  if (state() !== before) forgetKey(before)
}

function startKeyCheck(context: ActionContext, form: FormData): void {
  const state = context.state()
  if (state.step !== 'ready-for-key') return
  const text = accepted(context, readKey(form))
  if (text === null) return
  context.dispatch({ type: 'key-check-started' })
  context.runner.run('check-key', checkKey(state.account, text))
}

function startPassphraseCheck(context: ActionContext, form: FormData): void {
  const state = context.state()
  if (state.step !== 'ready-for-key') return
  const authData = passphraseData(state.backup)
  const passphrase = accepted(context, readBackupPassphrase(form))
  if (authData === null || passphrase === null) return
  context.dispatch({ type: 'key-check-started' })
  context.runner.run('check-key', checkPassphrase(state.account, passphrase, authData))
}

function startRestore({ state, dispatch, runner }: ActionContext): void {
  const before = state()
  if (before.step !== 'key-known') return
  dispatch({ type: 'restore-started' })
  runner.run('restore', restore(before.account.client, before.key))
}

function startSave(context: ActionContext, form: FormData): void {
  const state = context.state()
  if (state.step !== 'restored') return
  const passphrase = accepted(context, readFilePassphrase(form))
  if (passphrase === null) return
  const fileName = fileNameOf(state.account.userId)
  context.dispatch({ type: 'export-started' })
  context.runner.run('save', saveFile(state.restored.sessions, passphrase, fileName))
}

function startSignOut({ state, dispatch, runner }: ActionContext): void {
  const before = state()
  if (!('account' in before)) return
  runner.stop()
  dispatch({ type: 'sign-out-started' })
  forgetKey(before)
  runner.run('sign-out', signOut(before.account))
}

/** Binds the actions to a page. */
export function createActions(context: ActionContext): Actions {
  return {
    signIn: (form, method) => {
      startSignIn(context, form, method)
    },
    lookForBackup: () => {
      lookForBackup(context)
    },
    checkKey: (form) => {
      startKeyCheck(context, form)
    },
    checkPassphrase: (form) => {
      startPassphraseCheck(context, form)
    },
    restore: () => {
      startRestore(context)
    },
    saveFile: (form) => {
      startSave(context, form)
    },
    cancel: () => {
      context.runner.stop()
      context.dispatch({ type: 'cancelled' })
    },
    signOut: () => {
      startSignOut(context)
    },
  }
}
