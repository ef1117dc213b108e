import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseKeepAlive } from './keep-alive.ts'

export const severities = ['critical', 'high', 'medium', 'low']
export const formats = ['markdown', 'compact', 'json', 'sarif', 'github', 'rdjson']

/** The options of a run. */
export function defineRunOptions(command: Command): void {
  command
    .option('-s, --skill <name|path>', 'skill to run (default: ask with a prompt, else code-review)')
    .option(
      '-f, --files <paths>',
      'files, folders or globs, comma-separated and repeatable; - is standard input',
      append,
      [],
    )
    .option('-d, --dir <dir>', 'every matching file below a folder')
    .option('--pattern <glob>', 'with --dir: which files (*.ts matches at any depth); repeatable', append, [])
    .option('--git-diff', 'the staged changes; when nothing is staged, the unstaged ones')
    .option('--base <rev>', 'the committed changes since the merge base with a revision')
    .option('-m, --model <name>', 'model to ask')
    .option('--var <name=value>', 'a value for an input of the skill, repeatable', pair, {})
    .option('--focus <what>', 'short for --var focus=<what>')
    .option('--kind <kind>', 'short for --var kind=<kind>')
    .option('-r, --root <dir>', 'what tools may read (default: the git top level, else this folder)')
    .addOption(new Option('--format <format>', 'of the report').choices(formats).default('markdown'))
    .option('-o, --output <file>', 'write the report there')
    .addOption(new Option('--fail-on <severity>', 'exit 1 when a finding is at or above it').choices(severities))
    .option('--max-turns <n>', 'requests in one conversation (default 10)', positive)
    .option('--timeout <seconds>', 'for the whole run (default 300)', positive)
    .option('--num-ctx <n>', 'size of the window in tokens', positive)
    .option('--option <name=value>', 'an option of the model, repeatable (temperature, seed, top_p, …)', pair, {})
    .addOption(new Option('--think <level>', 'let the model think first').choices(['false', 'low', 'medium', 'high']))
    .option('--keep-alive <duration>', 'how long the model stays loaded (10m, 0, -1)', keepAlive)
    .option('--host <url>', 'Ollama server (default: OLLAMA_HOST, else http://127.0.0.1:11434)')
    .option('--allow-remote', 'permit a host that is not this machine, or a cloud model')
    .option('--dry-run', 'print what would be sent; contact nothing')
    .option('--no-cache', 'ask again about unchanged input')
    .option('--no-verify-findings', 'skip the second look at findings')
    .option('-q, --quiet', 'no progress')
    .option('-v, --verbose', 'every tool call with its arguments and the size of its result')
    .option('--log-file <file>', 'every event as JSON Lines')
}

function append(value: string, before: string[]): string[] {
  return [...before, value]
}

function pair(value: string, before: Record<string, string>): Record<string, string> {
  const at = value.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It has to be name=value.')
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) }
}

function keepAlive(value: string): string | number {
  const read = parseKeepAlive(value)
  if (read === undefined) throw new InvalidArgumentError('It has to be a duration such as 10m, 0 or -1.')
  return read
}

export function positive(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It has to be a positive whole number.')
  return number
}
