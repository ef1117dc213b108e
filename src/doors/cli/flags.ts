import { type Command, Option } from 'commander'
import type { RunRequest } from '../../app/request.ts'
import { LocalBrainError } from '../../errors.ts'
import type { EngineKind } from '../../engines/index.ts'
import { engineKinds } from '../../engines/kinds.built.ts'
import { type Format, formatNames, formats } from '../../report/formats.ts'
import type { Severity } from '../../skills/severity.ts'
import { type Levels, keepAlive, levels, modelOptions, pair, readPositive } from './flag-values.ts'

/** What the flags of a run ask for. */
export type Asked = {
  request: RunRequest & Required<Pick<RunRequest, 'model' | 'limits' | 'vars'>>
  /** How the run is shown: what only the command line is concerned with. */
  shown: Shown
}

export type Shown = {
  format: Format
  /** A file for the report. */
  output?: string
  quiet?: boolean
  verbose?: boolean
  logFile?: string
  /** Events as lines on standard output, and the report as the last one. */
  events?: boolean
  dryRun?: boolean
  /** False: never ask a person. */
  ask?: boolean
  color?: ColorWhen
}

/** When to use colour; absent or `auto`, the environment and the terminal decide. */
export type ColorWhen = 'auto' | 'always' | 'never'

/** One flag: how it is written, what the help says, which values it takes, and where the value goes in what is asked for. */
export type Flag = {
  flags: string
  help: string
  choices?: readonly string[]
  initial?: string
  /** Text → value. A flag that may be repeated gets the value so far. */
  parse?: (text: string, before: never) => unknown
  put: (asked: Asked, value: never) => void
}

/** Every flag of a run, in the order of the help. */
export const runFlags = {
  skill: text(
    '-s, --skill <name|path>',
    'skill to run (default: ask with a prompt, fix with --allow, else code-review)',
    ({ request }, skill) => set(request, { skill }),
  ),
  continue: yes(
    '-c, --continue',
    'go on with what was said last about this folder, in a chat or by a run',
    () => undefined,
  ),
  files: list(
    '-f, --files <paths>',
    'files, folders or globs, comma-separated and repeatable; - is standard input',
    ({ request }, files) => set(request.work, { files }),
  ),
  dir: text('-d, --dir <dir>', 'every matching file below a folder', ({ request }, dir) => set(request.work, { dir })),
  pattern: list(
    '--pattern <glob>',
    'with --dir: which files (*.ts matches at any depth); repeatable',
    ({ request }, pattern) => set(request.work, { pattern }),
  ),
  gitDiff: yes('--git-diff', 'the staged changes; when nothing is staged, the unstaged ones', ({ request }) =>
    set(request.work, { diff: {} }),
  ),
  base: text('--base <rev>', 'the committed changes since the merge base with a revision', ({ request }, base) =>
    set(request.work, { diff: { base } }),
  ),
  model: text('-m, --model <name>', 'model to ask', ({ request }, name) => set(request.model, { name })),
  var: pairs('--var <name=value>', 'a value for an input of the skill, repeatable', ({ request }, vars) =>
    set(request.vars, vars),
  ),
  focus: text('--focus <what>', 'short for --var focus=<what>', (asked, focus) => setInput(asked, { focus })),
  kind: text('--kind <kind>', 'short for --var kind=<kind>', (asked, kind) => setInput(asked, { kind })),
  root: text('-r, --root <dir>', 'what tools may read (default: the git top level, else this folder)', (asked, root) =>
    set(asked.request, { root }),
  ),
  format: {
    ...choice('--format <format>', 'of the report', formatNames, ({ request, shown }, format) => {
      set(shown, { format })
      set(request, { needsFindings: formats[format].findingsOnly, needsChanges: format === 'patch' })
    }),
    initial: 'markdown',
  },
  schema: text(
    '--schema <file|text>',
    "the answer is JSON of this shape: a JSON Schema file, or 'name, age int'",
    ({ request }, shape) => set(request, { shape }),
  ),
  events: yes('--events', 'events as JSON Lines on standard output, the last one the report', ({ shown }) =>
    set(shown, { events: true }),
  ),
  output: text('-o, --output <file>', 'write the report there', ({ shown }, output) => set(shown, { output })),
  color: choice<ColorWhen>(
    '--color <when>',
    'colours and layout of a terminal (default: auto)',
    ['auto', 'always', 'never'],
    ({ shown }, color) => set(shown, { color }),
  ),
  failOn: choice<Severity>(
    '--fail-on <severity>',
    'exit 1 when a finding is at or above it',
    ['critical', 'high', 'medium', 'low'],
    ({ request }, failOn) => set(request, { failOn }),
  ),
  maxTurns: count('--max-turns <n>', 'requests in one conversation (default 10)', ({ request }, turns) =>
    set(request.limits, { turns }),
  ),
  timeout: count('--timeout <seconds>', 'for the whole run (default 300)', ({ request }, timeout) =>
    set(request.limits, { timeout }),
  ),
  maxFindings: {
    ...count('--max-findings <n>', 'findings to report (default 10; 0: all)', ({ request }, findings) =>
      set(request.limits, { findings }),
    ),
    parse: (value: string) => (value === '0' ? 0 : readPositive(value)),
  },
  numCtx: count('--num-ctx <n>', 'size of the window in tokens', ({ request }, numCtx) =>
    set(request.model, { numCtx }),
  ),
  parallel: count('--parallel <n>', 'units at a time, on a server that takes several', ({ request }, parallel) =>
    set(request.model, { parallel }),
  ),
  option: pairs(
    '--option <name=value>',
    'an option of the model, repeatable (temperature, seed, top_p, …)',
    ({ request }, options) => set(request.model, { options: modelOptions(options) }),
  ),
  think: choice<'false' | 'low' | 'medium' | 'high'>(
    '--think <level>',
    'let the model think first',
    ['false', 'low', 'medium', 'high'],
    ({ request }, level) => set(request.model, { think: level === 'false' ? false : level }),
  ),
  keepAlive: {
    ...text('--keep-alive <duration>', 'how long the model stays loaded (10m, 0, -1)', () => undefined),
    parse: keepAlive,
    put: ({ request }: Asked, keep: string | number) => set(request.model, { keepAlive: keep }),
  },
  host: text('--host <url>', 'Ollama or OpenAI-compatible server (default: OLLAMA_HOST)', ({ request }, host) =>
    set(request.model, { host }),
  ),
  engine: choice<EngineKind>(
    '--engine <kind>',
    'what the server is (default: found out)',
    engineKinds,
    ({ request }, kind) => set(request.model, { kind }),
  ),
  allowRemote: yes('--allow-remote', 'permit a host that is not this machine, or a cloud model', ({ request }) =>
    set(request.model, { allowRemote: true }),
  ),
  allow: {
    ...text('--allow <levels>', 'what tools may do without asking: write, run, net, comma-separated', () => undefined),
    parse: levels,
    put: ({ request }: Asked, value: Levels) => set(request, value),
  },
  commands: list(
    '--commands <list>',
    'the only commands that may be run, as prefixes, comma-separated: "npm test,git status"',
    addCommands,
  ),
  commandAllowlist: list('--command-allowlist <list>', 'the same as --commands', addCommands),
  sandbox: choice<'auto' | 'none'>(
    '--sandbox <auto|none>',
    'none: commands run without one, each asked for unless --commands names it',
    ['auto', 'none'],
    ({ request }, kind) => set(request, { sandbox: { ...request.sandbox, kind } }),
  ),
  noAsk: yes('--no-ask', 'never ask; what is not allowed is refused', ({ shown }, ask) => set(shown, { ask })),
  allowPath: list(
    '--allow-path <glob>',
    'files that --allow includes although others run or obey them, repeatable',
    ({ request }, allowPaths) => set(request, { allowPaths }),
  ),
  check: list(
    '--check <command>',
    'run it before the model works and at the end, where it has to hold; repeatable',
    ({ request }, checks) => set(request, { checks }),
  ),
  fix: yes('--fix', 'turn the suggestions of findings into a proposal', ({ request }) => set(request, { fix: true })),
  apply: yes('--apply', 'put the changes into the working tree at the end, all of them or nothing', ({ request }) =>
    set(request, { takeOver: { ...request.takeOver, apply: true } }),
  ),
  branch: text(
    '--branch <name>',
    'commit the changes on a new branch, and leave the working tree alone',
    ({ request }, branch) => set(request, { takeOver: { ...request.takeOver, branch } }),
  ),
  dryRun: yes('--dry-run', 'print what would be sent; contact nothing', ({ shown }) => set(shown, { dryRun: true })),
  noCache: yes('--no-cache', 'ask again about unchanged input', ({ request }, cache) => set(request, { cache })),
  noVerify: yes('--no-verify-findings', 'skip the second look at findings', ({ request }, verify) =>
    set(request, { verify }),
  ),
  quiet: yes('-q, --quiet', 'no progress', ({ shown }) => set(shown, { quiet: true })),
  verbose: yes('-v, --verbose', 'every tool call with its arguments and the size of its result', ({ shown }) =>
    set(shown, { verbose: true }),
  ),
  logFile: text('--log-file <file>', 'every event as JSON Lines', ({ shown }, logFile) => set(shown, { logFile })),
}

function addCommands({ request }: Asked, lists: string | string[]): void {
  const words = [lists]
    .flat()
    .flatMap((one) => one.split(','))
    .map((one) => one.trim())
  set(request, { commands: [...(request.commands ?? []), ...words.filter((one) => one !== '')] })
}

function text(flags: string, help: string, put: (asked: Asked, value: string) => void): Flag {
  return { flags, help, put }
}

/** False for one that begins with `--no-`, unless it is given. */
function yes(flags: string, help: string, put: (asked: Asked, value: boolean) => void): Flag {
  return { flags, help, put }
}

function count(flags: string, help: string, put: (asked: Asked, value: number) => void): Flag {
  return { flags, help, put, parse: readPositive }
}

function choice<Value extends string>(
  flags: string,
  help: string,
  choices: readonly Value[],
  put: (asked: Asked, value: Value) => void,
): Flag {
  return { flags, help, choices, put }
}

/** Repeatable. Where the same is also forbidden by `--no-…`, commander begins with true, and false is the last word. */
function list(flags: string, help: string, put: (asked: Asked, value: string[]) => void): Flag {
  const parse = (value: string, before: string[] | boolean = []) =>
    before && [...(before === true ? [] : before), value]
  return { flags, help, put, parse }
}

/** Repeatable, `name=value`. */
function pairs(flags: string, help: string, put: (asked: Asked, value: Record<string, string>) => void): Flag {
  return { flags, help, put, parse: pair }
}

function set<Target extends object>(target: Target, values: Partial<Target>): void {
  Object.assign(target, values)
}

/** A flag that is short for `--var`. */
function setInput({ request }: Asked, input: Record<string, string>): void {
  for (const [name, value] of Object.entries(input)) {
    const other = request.vars[name] ?? value
    if (other !== value) {
      throw new LocalBrainError('usage', `--${name} and --var ${name}=… contradict each other`, {
        hint: 'leave one of them out',
      })
    }
  }
  set(request.vars, input)
}

/** Gives a command these flags. */
export function defineFlags(command: Command, flags: readonly Flag[]): Command {
  for (const { flags: written, help, choices, initial, parse } of flags) {
    const option = new Option(written, help)
    if (choices !== undefined) option.choices(choices)
    if (parse !== undefined) option.argParser(parse as (text: string, before: unknown) => unknown)
    command.addOption(option.default(initial))
  }
  return command
}

/** Puts what commander read where it belongs. */
export function putFlags(values: Record<string, unknown>, asked: Asked): void {
  for (const { flags, put } of Object.values(runFlags)) {
    const value = values[new Option(flags).attributeName()]
    if (value !== undefined) put(asked, value as never)
  }
}
