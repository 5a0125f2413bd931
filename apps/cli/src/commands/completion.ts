/** `roomkeys completion SHELL`: the completion script, made of the definitions. */
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'
import type { Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'

const SCRIPTS: Readonly<Record<string, () => string>> = {
  bash: bashCompletion,
  fish: fishCompletion,
  zsh: zshCompletion,
}

/** Prints a script. The parser lets known shells through alone. */
export const run: Run = async ({ args, output }) => {
  await output.data(SCRIPTS[args[0] ?? '']?.() ?? '')
  return EXIT.ok
}
