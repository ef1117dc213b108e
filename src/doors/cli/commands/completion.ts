import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import { suggestion } from '../../../text/nearest.ts'
import { completionScript, isShell, shells } from '../completion/scripts.ts'
import { writeOut } from '../output.ts'

/** The script that a shell sources. It asks `local-brain complete -- <words>`. */
export function defineCompletion(command: Command): void {
  command.action(async (shell: string) => {
    if (!isShell(shell)) {
      throw new LocalBrainError('usage', `Completion knows no shell "${shell}"`, { hint: suggestion(shell, shells) })
    }
    await writeOut(await completionScript(shell))
  })
}

/** What may come next, one per line, as the script above reads it. */
export function defineComplete(command: Command): void {
  command.allowUnknownOption().action(async (words: string[]) => {
    const { complete } = await import('../completion/complete.ts')
    const { values, paths } = await complete(command.parent as Command, words)
    const lines = values.map(({ value, help }) => (help === '' ? value : `${value}\t${help}`))
    await writeOut(`${[...lines, `:${paths}`].join('\n')}\n`)
  })
}
