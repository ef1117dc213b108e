import { Command, CommanderError } from 'commander'
import { LocalBrainError } from '../../errors.ts'
import { commands } from './commands/index.ts'
import { keepCompiled } from './compile-cache.ts'
import { ignoreBrokenPipes, writeErr, writeOut } from './output.ts'
import { stdinIsPiped } from './stdin.ts'
import { defineRunOptions } from './run-options.ts'

/** argv → one command. Usage errors are 2, help and version 0; everything an action needs is loaded by the action. */
export async function main(argv: string[], version: string): Promise<void> {
  ignoreBrokenPipes()
  // Node itself would end with 1, which means findings.
  process.on('uncaughtException', (error) => {
    void failInside(error).finally(() => process.exit())
  })
  const printed: Promise<void>[] = []
  const program = createProgram(version, (text) => void printed.push(writeOut(text)))
  if (argv.length === 0 && !stdinIsPiped()) {
    process.exitCode = 2
    await writeErr(program.helpInformation())
    return
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) await endUsage(error, argv)
    else await failInside(error)
  }
  await Promise.all(printed).catch(failInside)
}

async function failInside(error: unknown): Promise<void> {
  const { fail } = await import('./commands/actions.ts')
  await fail(error, process.env['LOCAL_BRAIN_DEBUG'] === '1')
}

/** `print` gets what commander itself has to say: help and version. */
function createProgram(version: string, print: (text: string) => void): Command {
  const program = new Command('local-brain')
    .description('A second pair of eyes for your code that never leaves the machine.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', examples)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .argument('[prompt...]', 'a question or an instruction')
    .enablePositionalOptions()
    .hook('preAction', keepCompiled)
    .action(async (prompt: string[], options: Record<string, unknown>) => {
      const { runCommand } = await import('./commands/run.ts')
      await runCommand(prompt.join(' '), options)
    })
  defineRunOptions(program)
  for (const define of commands) define(program)
  return quietExits(program, print)
}

/** commander prints and exits by itself otherwise, and its subcommands do not inherit the override. */
function quietExits(command: Command, print: (text: string) => void): Command {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: print })
  for (const child of command.commands) quietExits(child, print)
  return command
}

async function endUsage(error: CommanderError, argv: string[]): Promise<void> {
  if (error.exitCode === 0 || error.code === 'commander.help') return
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const hint = suggestion === undefined ? 'local-brain --help' : suggestion.replace(/^\(|\)$/g, '')
  await failInside(new LocalBrainError('usage', message, { hint }))
  // Claude Code takes 2 for a refusal: a slip in its settings would stop every command of the agent.
  if (argv.slice(0, 3).join(' ') === 'hook run claude-code' && !argv.includes('--strict')) process.exitCode = 1
}

const examples = `
Examples:
  local-brain --git-diff                     review the staged changes (or the unstaged ones)
  local-brain -s code-review -f src/a.ts     review a file
  local-brain "where is the timeout set?"    ask about this repository
  git log -5 | local-brain -s summarize      work on piped text
  local-brain demo                           see it work without Ollama

Exit codes: 0 answered, 1 findings at --fail-on, 2 usage, 3 no Ollama or model, 4 incomplete, 5 not written
`
