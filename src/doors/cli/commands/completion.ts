import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import { skillPlaces } from '../../../app/session.ts'
import { listSkills } from '../../../skills/find.ts'
import { suggestion } from '../../../text/nearest.ts'
import { readSettings } from '../settings.ts'
import { defineCommand } from './index.ts'

const shells = ['bash', 'zsh', 'fish', 'powershell']

/** The script that a shell sources. It asks `local-brain complete -- <words>`. */
export function defineCompletion(command: Command): void {
  command.action(async (shell: string) => {
    if (!shells.includes(shell)) {
      throw new LocalBrainError('usage', `Completion knows no shell "${shell}"`, { hint: suggestion(shell, shells) })
    }
    const completion = await load(command.parent as Command)
    completion.setup('local-brain', 'local-brain', shell)
  })
}

/** What may come next, one per line, as the script above reads it. */
export function defineComplete(command: Command): void {
  command.allowUnknownOption().action(async (words: string[]) => {
    const completion = await load(command.parent as Command)
    completion.parse(words)
  })
}

async function load(program: Command) {
  const { default: tab } = await import('@bomb.sh/tab/commander')
  // The library reads the commands that are there and adds one named like ours.
  const commands = program.commands as Command[]
  const own = commands.findIndex((command) => command.name() === 'complete')
  if (own >= 0) commands.splice(own, 1)
  for (const command of commands)
    if (command.options.length + command.commands.length === 0) await defineCommand(command)
  const completion = tab(program, { completionCommandName: 'completion-script' })
  completion.commands.delete('completion-script')
  const found = await listSkills(skillPlaces(readSettings().paths, undefined))
  const skill = completion.options.get('skill')
  if (skill !== undefined) skill.handler = (complete) => found.forEach(({ name }) => complete(name, ''))
  return completion
}
