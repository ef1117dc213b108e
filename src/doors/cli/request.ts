import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ModelRequest, RunRequest } from '../../app/request.ts'
import { LocalBrainError } from '../../errors.ts'
import { findSkill } from '../../skills/find.ts'
import type { Skill } from '../../skills/skill.ts'
import { readWhole } from '../../store/read-whole.ts'
import { shellWord } from '../../text/shell-word.ts'
import { whereabouts } from './access.ts'
import { modelNamed } from './aliases.ts'
import { type Config, loadConfig } from './config.ts'
import { splitNames } from './file-names.ts'
import { type Asked, putFlags } from './flags.ts'
import type { Settings } from './settings.ts'
import { places } from './skill-places.ts'
import { readStdinText, stdinIsPiped } from './stdin.ts'
import { unreadableFile } from '../../text/system-words.ts'

/** What a run is asked for before anything was asked for: `values` are flags as commander hands them over. */
export function readFlags(values: Record<string, unknown>, { cwd, paths, environment }: Settings): Asked {
  const work = { files: [], prompt: '' }
  const asked: Asked = {
    request: { work, vars: {}, limits: {}, model: {}, cwd, paths, environment },
    shown: { format: 'markdown' },
  }
  putFlags(values, asked)
  const exists = (name: string) => existsSync(resolve(cwd, name))
  asked.request.work.files = asked.request.work.files.flatMap((value) => splitNames(value, exists))
  return asked
}

/**
 * The request of a run: its flags, and behind them what the environment and the configuration say. `standing`: also what
 * the configuration allows without being asked, which is for chat and work.
 */
export async function completeRequest(
  { request, shown }: Asked,
  settings: Settings,
  standing = false,
): Promise<RunRequest> {
  refuseContradictions({ request, shown })
  const config = await loadConfig(settings.paths)
  const readInput = await inputReader({ request, shown }, settings)
  const { model, work } = request
  const consent = await completeConsent({ request, shown }, settings, { standing, known: config })
  return {
    ...request,
    ...consent,
    work: { ...work, files: work.files.filter((file) => file !== '-') },
    readInput,
    shape: request.shape === undefined ? undefined : await readShapeFile(request.shape, settings),
    model: await completeModel(model, settings, config),
  }
}

/** Which model to ask: what the flags leave open the environment says, and then the configuration. */
export async function completeModel(model: ModelRequest, settings: Settings, known?: Config): Promise<ModelRequest> {
  const config = known ?? (await loadConfig(settings.paths))
  return {
    ...model,
    name: modelNamed(model.name ?? settings.model, config),
    configured: config.model,
    ...whereabouts(model, settings, config),
    keepAlive: model.keepAlive ?? config.keep_alive,
    parallel: model.parallel ?? settings.parallel,
  }
}

/** A JSON Schema from a file; what names no file is the shape itself. */
async function readShapeFile(shape: string, { cwd }: Settings): Promise<string> {
  const file = resolve(cwd, shape)
  if (!/\.json$/i.test(shape) && !existsSync(file)) return shape
  try {
    return await readWhole(file, maxShapeBytes)
  } catch (cause) {
    throw new LocalBrainError('missing-file', unreadableFile(shape, cause), {
      hint: "--schema <file>, or --schema 'name, age int'",
      cause,
    })
  }
}

/** Larger than any schema that a small model can keep to. */
const maxShapeBytes = 64 * 1024

/** What the configuration says about consent and commands, behind the flags. */
export async function completeConsent(
  { request, shown }: Pick<Asked, 'request' | 'shown'>,
  { home, paths }: Settings,
  { standing, known }: { standing: boolean; known?: Config },
): Promise<Partial<RunRequest>> {
  const config = known ?? (await loadConfig(paths))
  // Most people have no configuration, and need no code for it.
  if (Object.keys(config).length === 0) return {}
  const { consentOf } = await import('./standing-consent.ts')
  const { ask, ...consent } = consentOf(request, config, { home, standing })
  // A flag does not make the program ask someone who is never to be asked.
  if (!ask) shown.ask = false
  return consent
}

/** Refuses flags of which one would be silently dropped. */
function refuseContradictions({ request, shown }: Asked): void {
  const { work, model } = request
  const [pattern] = [work.pattern ?? []].flat()
  if (pattern !== undefined && work.dir === undefined) {
    throw contradiction('--pattern needs --dir', `--dir . --pattern ${shellWord(pattern)}`)
  }
  if (work.diff !== undefined && (work.files.length > 0 || work.dir !== undefined)) {
    throw contradiction("A diff and files can't be reviewed in one run", 'leave out --git-diff or -f')
  }
  const { apply, branch } = request.takeOver ?? {}
  if (apply && branch !== undefined)
    throw contradiction('--apply and --branch contradict each other', 'leave one of them out')
  if (shown.events && shown.dryRun)
    throw contradiction('--events and --dry-run contradict each other', 'leave one of them out')
  if (shown.events && shown.output === undefined && shown.format !== 'markdown') {
    throw contradiction(`--events and --format ${shown.format} both write to standard output`, 'add -o <file>')
  }
  if (shown.quiet && shown.verbose) throw contradiction('-q and -v contradict each other', 'leave one of them out')
  const { num_ctx: window, num_predict: length } = model.options ?? {}
  if (window !== undefined) throw contradiction('--option num_ctx has no effect', `--num-ctx ${window}`)
  if (length !== undefined) {
    throw contradiction('--option num_predict has no effect: every request has its own', 'leave it out')
  }
}

function contradiction(message: string, hint: string): LocalBrainError {
  return new LocalBrainError('usage', message, { hint })
}

/** How the run gets what is piped in, if there may be something for it. */
async function inputReader({ request, shown }: Asked, settings: Settings): Promise<RunRequest['readInput']> {
  const { files, dir, diff, prompt } = request.work
  const isAsked = files.includes('-')
  const hasOther = files.length > 0 || dir !== undefined || diff !== undefined
  const skill = prompt === '' && !hasOther ? await skillOf(request, settings) : undefined
  const isNothing = prompt === '' && !hasOther && skill?.needsInput !== false
  if (!isAsked && (hasOther || !stdinIsPiped())) {
    if (isNothing) {
      const { nothingGiven } = await import('./nothing-given.ts')
      throw nothingGiven(request.skill, skill)
    }
    return undefined
  }
  const { quiet } = shown
  const need = isAsked || isNothing ? 'required' : 'optional'
  return (signal) => readStdinText({ need, signal, quiet })
}

/** The skill that was named. One that does not exist, or is broken, is the first thing to mend. */
async function skillOf({ skill }: RunRequest, settings: Settings): Promise<Skill | undefined> {
  return skill === undefined ? undefined : findSkill(skill, places(settings))
}
