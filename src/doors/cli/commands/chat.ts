import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { ChatSessionRequest } from '../../../app/chat/chat.ts'
import { LocalBrainError } from '../../../errors.ts'
import { fail, failureEnd } from '../failure.ts'
import { actingFlags } from '../flag-sets.ts'
import { defineFlags } from '../flags.ts'
import { interrupted, onInterrupt } from '../interrupt.ts'
import { completeConsent, completeModel, readFlags } from '../request.ts'
import { type Settings, readSettings } from '../settings.ts'
import { explain } from './explain.ts'

export function defineChat(command: Command): void {
  command
    .argument('[prompt...]', 'the first message')
    .option('-s, --skill <name|path>', 'another skill than chat')
    .option('-c, --continue', 'go on with what was said last about this folder, in a chat or by a run')
    .option('--resume <id>', 'go on with an earlier session')
    .option('-w, --workspace <dir>', 'the same as --root; so is --working-dir')
    .option('--working-dir <dir>', 'the same as --root')
    .addOption(folders('--add-dir <dir>', 'another folder that tools may read, repeatable; so is --allowed-dirs'))
    .addOption(folders('--allowed-dirs <dir>', 'the same as --add-dir'))
    .option('--scratch', 'work in a copy; /apply takes its changes over')
    .option('--no-commands', 'start no program, whatever is allowed')
    .option('--no-session', 'keep nothing of the conversation')
    .option('--debug', 'the same as --verbose')
  defineFlags(
    command,
    actingFlags({ maxTurns: 'requests for one message (default 20)', timeout: 'for one message (default 600)' }),
  )
  explain(command, {
    about: `On a terminal each message is answered, and what the model wants to change or
run is asked about first. There /help lists the commands, @path adds a file,
!command runs a command of yours, """ begins and ends a message of several
lines. Every turn that changes something can be taken back with /undo.
More: docs/chat.md`,
    examples: [
      ['local-brain chat', 'talk about this folder'],
      ['local-brain chat "what is in here?"', 'begin with a question'],
      ['local-brain chat --allow write', 'change files without asking; commands are still asked about'],
      ['local-brain chat --scratch --allow run', 'let it work in a copy, then /diff and /apply'],
      ['local-brain chat -c', 'go on with the last conversation, review or answer'],
      ["printf 'one\\ntwo\\n' | local-brain chat", 'one message a line, nothing is asked'],
    ],
    files: 'sessions are kept in ~/.local/state/local-brain/sessions, changes in ~/.local/state/local-brain/changes.',
  }).action(async (words: string[], flags: ChatFlags) => {
    await chatCommand(words.join(' '), flags)
  })
}

/** Repeatable. */
function folders(flags: string, text: string): Option {
  return new Option(flags, text).argParser((value: string, before?: string[]) => [...(before ?? []), value])
}

type ChatFlags = Record<string, unknown> & {
  skill?: string
  continue?: boolean
  resume?: string
  workspace?: string
  workingDir?: string
  addDir?: string[]
  allowedDirs?: string[]
  scratch?: boolean
  /** A list of beginnings, or whether any may be run. */
  commands?: string[] | boolean
  session?: boolean
  debug?: boolean
}

/** `once`: answer one message and end. */
export async function chatCommand(prompt: string, flags: ChatFlags, { once = false } = {}): Promise<void> {
  const settings = readSettings()
  const interruption = onInterrupt((error, code) => failureEnd(error, { debug: false, code }))
  try {
    process.exitCode = await talk(prompt, flags, { settings, signal: interruption.signal, once })
    const code = interruption.code()
    if (code !== undefined) process.exitCode = code
  } catch (error) {
    const code = interruption.code()
    await fail(code === undefined ? error : interrupted, { debug: settings.debug, code })
  } finally {
    interruption.stop()
  }
}

/** Flags of a run that mean nothing where a conversation goes on. */
const ofRuns = [
  'skill',
  'files',
  'dir',
  'pattern',
  'gitDiff',
  'base',
  'var',
  'failOn',
  'output',
  'fix',
  'apply',
  'branch',
  'dryRun',
  'events',
  'check',
]

/** `flags`: as commander hands them over. */
type Continuing = { words: readonly string[]; flags: Record<string, unknown> }

/** `local-brain -c "and now the tests"`: one more message. */
export async function continueCommand({ words, flags }: Continuing): Promise<void> {
  const { debug } = readSettings()
  const dropped = ofRuns.find((name) => flags[name] !== undefined)
  const format = flags['format'] !== undefined && flags['format'] !== 'markdown'
  if (dropped !== undefined || format || words.length === 0) {
    const what = dropped ?? (format ? 'format' : undefined)
    const problem = what === undefined ? '-c needs a message' : `--${kebab(what)} has no effect with -c`
    return fail(new LocalBrainError('usage', problem, { hint: 'local-brain -c "<message>", or local-brain chat -c' }), {
      debug,
    })
  }
  await chatCommand(words.join(' '), flags, { once: true })
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

type Door = { settings: Settings; signal: AbortSignal; once: boolean }

async function talk(prompt: string, flags: ChatFlags, { settings, signal, once }: Door): Promise<number> {
  const asked = readFlags({ ...flags, commands: Array.isArray(flags.commands) ? flags.commands : undefined }, settings)
  const { shown } = asked
  if (flags.debug === true) shown.verbose = true
  const { skill, continue: goOn, resume, scratch, session } = flags
  asked.request.root = rootOf(flags)
  // Checks are for work that has an end.
  const { checks: _, ...consent } = await completeConsent(asked, settings, { standing: true })
  const request: ChatSessionRequest = {
    ...asked.request,
    ...consent,
    skill,
    model: await completeModel(asked.request.model, settings),
    addDirs: [...(flags.addDir ?? []), ...(flags.allowedDirs ?? [])].map((dir) => resolve(settings.cwd, dir)),
    scratch,
    noCommands: flags.commands === false,
    keep: session !== false,
  }
  const { findLast, openSaved } = await import('../../../app/chat/resume.ts')
  const { findRoot } = await import('../../../workspace/open.ts')
  const place = request.root ?? request.cwd
  const hint = 'local-brain chat, then /resume'
  const from =
    resume !== undefined
      ? await openSaved(request, findRoot(place), resume, hint)
      : goOn === true || once
        ? await findLast(request, hint)
        : undefined
  const first = prompt.trim() === '' ? undefined : prompt
  const talking = { request, context: { signal }, shown, settings, from, first, once }
  if (process.stdin.isTTY && process.stdout.isTTY && process.stderr.isTTY) {
    const { talkOnTerminal } = await import('../../chat/talk.ts')
    return talkOnTerminal(talking)
  }
  const { talkInLines } = await import('../../chat/lines.ts')
  return talkInLines(talking, process.stdin)
}

/** Three names of one thing. */
function rootOf({ root: given, workspace, workingDir }: ChatFlags): string | undefined {
  const names = [...new Set([given, workspace, workingDir].filter((name) => name !== undefined))]
  if (names.length < 2) return names[0] as string | undefined
  throw new LocalBrainError('usage', '--root, --workspace and --working-dir are the same and say different things', {
    hint: 'leave out all but one',
  })
}
