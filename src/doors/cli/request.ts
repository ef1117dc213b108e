import { LocalBrainError } from '../../errors.ts'
import type { Severity } from '../../tasks/findings/severity.ts'
import { needsFindings } from '../../report/index.ts'
import type { RunRequest } from '../../app/request.ts'
import { locateSkill } from '../../skills/find.ts'
import { shellWord } from '../../text/shell-word.ts'
import { loadConfig } from './config.ts'
import { nearbySkills } from './nearby-skills.ts'
import type { Settings } from './settings.ts'
import { readStdinText, stdinIsPiped } from './stdin.ts'

/** Options of a run as commander hands them over. */
export type RunOptions = {
  skill?: string
  files: string[]
  dir?: string
  pattern: string[]
  gitDiff?: boolean
  base?: string
  model?: string
  var: Record<string, string>
  focus?: string
  kind?: string
  root?: string
  format: string
  output?: string
  failOn?: Severity
  maxTurns?: number
  timeout?: number
  numCtx?: number
  option: Record<string, string>
  think?: 'false' | 'low' | 'medium' | 'high'
  keepAlive?: string | number
  host?: string
  allowRemote?: boolean
  dryRun?: boolean
  cache: boolean
  verifyFindings: boolean
  quiet?: boolean
  verbose?: boolean
  logFile?: string
}

/** Flags, environment, config and standard input → one request. */
export async function resolveRequest(prompt: string, options: RunOptions, settings: Settings): Promise<RunRequest> {
  refuseContradictions(options)
  const config = await loadConfig(settings.paths)
  const readInput = await inputReader(prompt, options, settings)
  const { focus, kind } = options
  return given<RunRequest>({
    skill: options.skill,
    work: given<RunRequest['work']>({
      files: options.files.filter((file) => file !== '-'),
      dir: options.dir,
      pattern: options.pattern.length > 0 ? options.pattern : undefined,
      diff: options.gitDiff || options.base !== undefined ? given({ base: options.base }) : undefined,
      prompt,
    }),
    readInput,
    vars: { ...options.var, ...given({ focus, kind }) },
    root: options.root,
    cwd: settings.cwd,
    model: modelRequest(options, settings, config),
    limits: given({ turns: options.maxTurns, timeout: options.timeout }),
    verify: options.verifyFindings,
    cache: options.cache,
    failOn: options.failOn,
    needsFindings: needsFindings(options.format),
    paths: settings.paths,
    environment: settings.environment,
  })
}

function modelRequest(
  options: RunOptions,
  settings: Settings,
  config: Awaited<ReturnType<typeof loadConfig>>,
): RunRequest['model'] {
  return given<NonNullable<RunRequest['model']>>({
    name: options.model ?? settings.model,
    configured: config.model,
    host: options.host ?? settings.host ?? config.host,
    allowRemote: options.allowRemote,
    numCtx: options.numCtx,
    options: modelOptions(options.option),
    think: thinkLevel(options.think),
    keepAlive: options.keepAlive ?? config.keep_alive,
    parallel: settings.parallel,
  })
}

function thinkLevel(value: RunOptions['think']): false | 'low' | 'medium' | 'high' | undefined {
  return value === 'false' ? false : value
}

/** `temperature=0.2` is a number, `stop=END` a string. */
function modelOptions(options: Record<string, string>): Record<string, number | string | boolean> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      if (value === 'true' || value === 'false') return [name, value === 'true']
      return [name, value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value]
    }),
  )
}

/** Flags of which one would be dropped in silence. */
function refuseContradictions(options: RunOptions): void {
  const { dir, pattern, files, quiet, verbose, focus, kind, option } = options
  const [glob = ''] = pattern
  if (pattern.length > 0 && dir === undefined)
    throw contradiction('--pattern needs --dir', `--dir . --pattern ${shellWord(glob)}`)
  if ((options.gitDiff || options.base !== undefined) && (files.length > 0 || dir !== undefined)) {
    throw contradiction("A diff and files can't be reviewed in one run", 'leave out --git-diff or -f')
  }
  if (quiet && verbose) throw contradiction('-q and -v contradict each other', 'leave one of them out')
  for (const [name, value] of Object.entries({ focus, kind })) {
    const other = options.var[name] ?? value
    if (value === undefined || other === value) continue
    throw contradiction(`--${name} and --var ${name}=… contradict each other`, `--${name} ${shellWord(value)}`)
  }
  if ('num_ctx' in option) throw contradiction('--option num_ctx has no effect', `--num-ctx ${option['num_ctx']}`)
  if ('num_predict' in option) {
    throw contradiction('--option num_predict has no effect: every request has its own', 'leave it out')
  }
}

function contradiction(message: string, hint: string): LocalBrainError {
  return new LocalBrainError('usage', message, { hint })
}

/** How the run gets what is piped in, if there may be something for it. */
async function inputReader(
  prompt: string,
  options: RunOptions,
  settings: Settings,
): Promise<RunRequest['readInput'] | undefined> {
  const asked = options.files.includes('-')
  const other =
    options.files.length > 0 || options.dir !== undefined || options.gitDiff === true || options.base !== undefined
  if (!asked && (other || !stdinIsPiped())) {
    if (prompt === '' && !other) throw await nothingGiven(options, settings)
    return undefined
  }
  const { quiet } = options
  const need = asked || prompt === '' ? 'required' : 'optional'
  return (signal) => readStdinText({ need, signal, quiet })
}

/** A skill that does not exist is the first thing to mend. */
async function nothingGiven({ skill }: RunOptions, settings: Settings): Promise<LocalBrainError> {
  if (skill !== undefined) await locateSkill(skill, nearbySkills(settings))
  const run = skill === undefined ? 'local-brain' : `local-brain -s ${shellWord(skill)}`
  const question = skill === undefined ? ', or local-brain "<question>"' : ''
  return new LocalBrainError('usage', 'There is nothing to work on', {
    hint: `${run} --git-diff, ${run} -f <file>${question}`,
  })
}

/** An object without its undefined values, so that a default further down is not overwritten. */
function given<T extends object>(values: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}
