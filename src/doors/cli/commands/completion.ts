import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import { suggestion } from '../../../text/nearest.ts'
import { completionScript, isShell, shells } from '../completion/scripts.ts'
import { writeOut } from '../output.ts'
import type { DefineCommand } from '../prompt-words.ts'
import { explain } from './explain.ts'

/** The script that a shell sources. It asks `local-brain complete -- <words>`. */
export function defineCompletion(command: Command): void {
  explain(command, {
    about: `Where it goes, once for all sessions to come:

  bash        ~/.local/share/bash-completion/completions/local-brain, which the
              package bash-completion reads; without it, in ~/.bashrc:
              source <(local-brain completion bash)
  zsh         a file _local-brain in a folder of $fpath, before compinit; or in
              ~/.zshrc, after compinit: source <(local-brain completion zsh)
  fish        ~/.config/fish/completions/local-brain.fish
  powershell  in $PROFILE:
              local-brain completion powershell | Out-String | Invoke-Expression

Reading it twice does no harm. It asks "local-brain complete", which reads names
of skills and revisions here, ids of changes, sessions and reports that earlier
runs left, and names of models from a server on this machine if that answers
within a second.`,
    examples: [
      ['local-brain completion bash > ~/.local/share/bash-completion/completions/local-brain', ''],
      ['source <(local-brain completion zsh)', 'for this session'],
      ['local-brain completion fish > ~/.config/fish/completions/local-brain.fish', ''],
    ],
    files: 'writes nothing but the script, to standard output.',
  }).action(async (shell: string) => {
    if (!isShell(shell)) {
      throw new LocalBrainError('usage', `Completion knows no shell "${shell}"`, { hint: suggestion(shell, shells) })
    }
    await writeOut(await completionScript(shell))
  })
}

/** What may come next, one per line, as the script above reads it. */
export function defineComplete(command: Command, define: DefineCommand): void {
  command.allowUnknownOption().action(async (words: string[]) => {
    const { complete } = await import('../completion/complete.ts')
    const { values, paths } = await complete(command.parent as Command, define, words)
    const lines = values.map(({ value, help }) => (help === '' ? value : `${value}\t${help}`))
    await writeOut(`${[...lines, `:${paths}`].join('\n')}\n`)
  })
}
