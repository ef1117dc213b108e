import { type Command, CommanderError } from 'commander'
import { fail } from './failure.ts'
import { usageError } from './usage-error.ts'

/** Reports what ended a call. `command`: the one that its words belong to, as far as is known. */
export async function failCall(error: unknown, argv: readonly string[], command: Command): Promise<void> {
  const known = error instanceof CommanderError ? usageError(error, command, argv) : error
  const json = asksForJson(argv) && command.options.some(({ long }) => long === '--format')
  const events = command.options.some(({ long }) => long === '--events') && beforeDashes(argv).includes('--events')
  await fail(known, { debug: process.env['LOCAL_BRAIN_DEBUG'] === '1', json, events })
  // Claude Code takes 2 for a refusal: a slip in its settings would stop every command of the agent.
  const isClaude = argv.slice(0, 3).join(' ') === 'hook run claude-code'
  // guard: agent-usage
  if (error instanceof CommanderError && isClaude && !argv.includes('--strict')) process.exitCode = 1
}

/** Whether the words ask for JSON, also where they can't be parsed: whoever reads JSON has to get JSON. */
function asksForJson(argv: readonly string[]): boolean {
  let format = ''
  for (const [at, word] of beforeDashes(argv).entries()) {
    if (word === '--format') format = argv[at + 1] ?? ''
    else if (word.startsWith('--format=')) format = word.slice('--format='.length)
  }
  return format.toLowerCase() === 'json'
}

/** What may be flags. */
function beforeDashes(argv: readonly string[]): readonly string[] {
  return argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
}
