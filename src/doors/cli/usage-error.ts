import type { Command, CommanderError } from 'commander'
import { LocalBrainError } from '../../errors.ts'
import { slipOf } from '../../text/nearest.ts'

/** What commander objects to in the words that were typed, with a hint about the command that was meant. */
export function usageError(error: CommanderError, command: Command, argv: readonly string[]): LocalBrainError {
  const [objection = ''] = error.message.replace(/^error: /, '').split('\n')
  const { message = objection, hint } = explain(error.code, objection, { command, argv })
  return new LocalBrainError('usage', message.replace(/\.$/, ''), { hint: hint ?? `${typed(command)} --help` })
}

type Call = { command: Command; argv: readonly string[] }

/** Better words than commander's, and what was probably meant, where either can be said. */
function explain(code: string, objection: string, call: Call): { message?: string; hint?: string | undefined } {
  const { command } = call
  switch (code) {
    case 'commander.help':
      return { message: `"${typed(command)}" needs one of its commands: ${names(command).join(', ')}` }
    case 'commander.unknownOption':
      return { hint: flagMeant(objection, command) }
    case 'commander.invalidArgument':
      return { hint: choiceMeant(objection, command) }
    case 'commander.unknownCommand':
      return wrongCommand(command, call)
    case 'commander.excessArguments':
      return tooManyWords(call)
    default:
      return {}
  }
}

function tooManyWords(call: Call) {
  const { command, argv } = call
  // The default command of a group gets every word that names no command of the group.
  if (command.parent?.parent && !argv.includes(command.name())) return wrongCommand(command.parent, call)
  return { hint: `${typed(command)} --help; quote a question that begins with "${command.name()}"` }
}

function wrongCommand(group: Command, { argv }: Call) {
  const word = argv[argv.indexOf(group.name()) + 1] ?? ''
  const meant = slipOf(word, names(group))
  const hint = meant === undefined ? `${typed(group)} --help` : `did you mean "${typed(group)} ${meant}"?`
  return { message: `There is no command "${typed(group)} ${word}"`, hint }
}

function flagMeant(objection: string, { options }: Command): string | undefined {
  const [, flag = ''] = /'-*([^'=]*)/.exec(objection) ?? []
  const meant = slipOf(
    flag,
    options.flatMap(({ long }) => long?.slice(2) ?? []),
  )
  return meant === undefined ? undefined : `did you mean --${meant}?`
}

function choiceMeant(objection: string, { options }: Command): string | undefined {
  const [, flags, value = ''] = /option '([^']*)' argument '([^']*)'/.exec(objection) ?? []
  const option = options.find((one) => one.flags === flags)
  const meant = slipOf(value, option?.argChoices ?? [])
  return meant === undefined ? undefined : `did you mean ${option?.long} ${meant}?`
}

function names({ commands }: Command): string[] {
  return commands.map((command) => command.name())
}

/** A command as it is typed: `local-brain skills show`. */
function typed(command: Command): string {
  return command.parent === null ? command.name() : `${typed(command.parent)} ${command.name()}`
}
