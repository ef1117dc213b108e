import { Command, CommanderError } from 'commander'
import { LocalBrainError } from '../../errors.ts'
import { defineCommand, defineCommands } from './commands/index.ts'
import { defineFlags, runFlags } from './flags.ts'
import { openStreams, writeErr, writeOut } from './output.ts'
import { stdinIsPiped } from './stdin.ts'

/** What help is laid out for; on less, narrow-help.ts does it again. */
const helpColumns = 80

/** argv → one command. Usage errors are 2, help and version 0; everything an action needs is loaded by the action. */
export async function main(argv: string[], version: string): Promise<void> {
  await openStreams()
  const printed: Promise<void>[] = []
  const program = new Command('local-brain')
  const call: Call = {
    argv,
    command: program,
    print: (text) => void printed.push(isNarrow() ? printNarrow(text) : writeOut(text)),
  }
  // Node itself would end with 1, which means findings.
  process.on('uncaughtException', (error) => {
    void failInside(error, call).finally(() => process.exit())
  })
  try {
    await define(program, version, call)
    if (argv.length === 0 && !stdinIsPiped()) {
      process.exitCode = 2
      const { introduction } = await import('./introduction.ts')
      await writeErr(introduction(process.stderr.columns))
    } else if (!printHelp(program, call)) await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    await failInside(error, call)
  }
  await Promise.all(printed).catch((error: unknown) => failInside(error, call))
}

/** What was typed, and how far it was understood. */
type Call = {
  argv: readonly string[]
  /** Gets what commander itself has to say: help and version. */
  print: (text: string) => void
  /** The command that the words belong to, as far as is known. */
  command: Command
}

async function failInside(error: unknown, { argv, command }: Call): Promise<void> {
  if (error instanceof CommanderError && error.exitCode === 0) return
  const { failCall } = await import('./fail-call.ts')
  await failCall(error, argv, command)
}

/** Less than the help is laid out for. */
function isNarrow(): boolean {
  return process.stdout.columns < helpColumns
}

async function printNarrow(text: string): Promise<void> {
  const { printHelp } = await import('./narrow-help.ts')
  return printHelp(text)
}

/** `help` and `help <command>`; with any other words after it, it is the beginning of a question. */
function printHelp(program: Command, { argv }: Call): boolean {
  const [first, ...names] = argv
  if (first !== 'help') return false
  const find = (command: Command | undefined, name: string) => command?.commands.find((one) => one.name() === name)
  const found = names.reduce(find, program as Command | undefined)
  if (found !== undefined) found.outputHelp()
  return found !== undefined
}

/** What the help of the program says, its flags, and each command by name. */
export async function describeProgram(program: Command, version: string, words: readonly string[]): Promise<void> {
  program
    .description('A second pair of eyes for your code that never leaves the machine.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', examples)
    .configureHelp({ helpWidth: isNarrow() ? helpColumns : undefined })
    .argument('[prompt...]', 'a question or an instruction')
    .enablePositionalOptions()
  defineFlags(program, Object.values(runFlags))
  await defineCommands(program, words)
}

async function define(program: Command, version: string, call: Call): Promise<void> {
  program
    .hook('preAction', (_, command) => begin(program, command, call))
    .action(async (words: string[], flags: Record<string, unknown>) => {
      const { runCommand } = await import('./commands/run.ts')
      await runCommand({ words, argv: call.argv, flags, program, define: defineCommand })
    })
  await describeProgram(program, version, call.argv)
  quietExits(program, call)
}

/** What is the same for every action. */
function begin(program: Command, command: Command, call: Call): void {
  call.command = command
  if (command === program) return
  // Flags of the run before the name of a command would do nothing.
  const dropped = program.options.find((option) => program.getOptionValueSource(option.attributeName()) === 'cli')
  if (dropped === undefined) return
  const flag = dropped.long ?? dropped.flags
  const isKnown = command.options.some(({ long }) => long === flag)
  const name = (command.parent === program ? command : command.parent)?.name()
  throw new LocalBrainError('usage', `${flag} before "${name}" has no effect`, {
    hint: isKnown ? `write ${flag} after "${name}"` : `local-brain help ${name}`,
  })
}

/** commander prints and exits by itself otherwise, and its subcommands do not inherit the override. */
function quietExits(command: Command, call: Call): void {
  const exit = (error: CommanderError) => {
    call.command = command
    throw error
  }
  command.exitOverride(exit).configureOutput({ writeErr: () => undefined, writeOut: call.print })
  command.showSuggestionAfterError(false)
  for (const child of command.commands) quietExits(child, call)
}

const examples = `
Examples:
  local-brain --git-diff                     review the staged changes
  local-brain -s code-review -f src/a.ts     review a file
  local-brain "where is the timeout set?"    ask about this repository
  git log -5 | local-brain -s summarize      work on piped text
  local-brain demo                           see it work without Ollama
  local-brain help work                      what one of the commands does

Files: ~/.config/local-brain/config.yaml ("local-brain config"); reports and
what runs learnt in ~/.local/state/local-brain; reviews in ~/.cache/local-brain.

Exit codes: 0 answered, 1 findings at --fail-on, 2 usage, 3 no server or model,
4 incomplete, 5 not written
`
