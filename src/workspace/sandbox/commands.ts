import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { redactSecrets } from '../../text/redact.ts'
import { contains } from '../contains.ts'
import { entryAt } from '../entry.ts'
import { isSecret } from '../secrets.ts'
import type { Check } from './check.ts'
import { findDenied, isListed } from './command-line.ts'
import { commandEnvironment } from './environment.ts'
import type { Overlay } from './overlay.ts'
import type { Policy } from './policy.ts'
import type { Ended } from './process.ts'
import type { Sandbox } from './sandbox.ts'
import { type Places, findPlaces, isPackages } from './places.ts'
import { bareIn, gitsIn } from './repositories.ts'
import { takeAwayRepositories } from './take-away.ts'
import { type ApprovedBy, type CommandEvent, tellOutput, withoutSecrets } from './told.ts'
import { toolchainsOf } from './toolchains.ts'
import { wordsOf } from './unconfined.ts'

export type CommandsOptions = {
  sandbox: Sandbox
  /** The workspace, canonical, and the folder that commands see in its place: the same, or a copy. */
  root: string
  folder: string
  /** The person's own environment and home folder. */
  environment: Readonly<Record<string, string | undefined>>
  home: string
  /** Our own folder that commands have as `~/.cache`. Absent: each begins with an empty one. */
  cache?: string | undefined
  network: boolean
  /** Commands whose results decide. */
  checks?: readonly Check[]
  /** Lists of beginnings of commands: a line has to be on each of them. */
  lists?: readonly (readonly string[])[]
  /** Our own program and folders, which no command writes where they lie in the workspace. */
  ours?: readonly string[]
  /** Our own folder for the repositories that commands make in the workspace itself. */
  takenAway?: string
  /** Of a copy: folders of the workspace that it does not have, since they are ignored. Relative to the root. */
  ignored?: () => Promise<readonly string[]>
  /** Of a copy: our own folder for what commands write to those, removed with the copy. */
  written?: string
  /** Beginnings of commands that a person lets run without being asked. */
  trusted?: readonly string[]
  /** Beginnings of commands that are never run. A convenience: a program that starts others gets around it. */
  denied?: readonly string[]
  /** Is told of each command. */
  onCommand?: (event: CommandEvent) => void
  /** Is told what a person should know. */
  onWarning?: (message: string) => void
  /** From the user's configuration: more folders to read, more variables to pass. */
  read?: readonly string[]
  passed?: readonly string[]
}

type Command = {
  /** A line of bash. */
  line: string
  approvedBy?: ApprovedBy | undefined
  /** What runs in place of the line, which then only says what it is. */
  program?: readonly string[]
  input?: string
  /** Relative to the root. */
  in: string
  timeoutMs: number
  /** Ignored folders are as they were at the start, whatever the commands before it wrote to them. */
  fresh?: boolean
}

/** What it takes to run a line besides what is allowed. */
export type LineConsent = {
  /** Why a person has to be asked, whatever is allowed. */
  sensitive?: string
  /** A list of the person lets it run without being asked. */
  listed?: boolean
}

/** How a command ended, and what was done about it then: `notes` are sentences for whoever reads the output. */
export type Ran = Ended & { notes?: readonly string[] }

/** Runs commands on a workspace. */
export type Commands = {
  sandbox: string
  network: boolean
  /** Commands whose results decide. */
  checks: readonly Check[]
  /** Rejects with LocalBrainError('not-available') for a line that is not on the lists, or on that of what is never run. */
  check(line: string): Promise<void>
  consentFor(line: string): Promise<LineConsent>
  /** False: a command can do whatever the person can. */
  isConfining: boolean
  run(command: Command, signal: AbortSignal): Promise<Ran>
}

export function createCommands(asked: CommandsOptions): Commands {
  const { sandbox } = asked
  const { isConfining } = sandbox
  // Nothing keeps a command from the network then.
  const options = { ...asked, network: asked.network || !isConfining }
  let beside: Promise<string[]> | undefined
  let ids = 0
  return {
    sandbox: sandbox.name,
    network: options.network,
    isConfining,
    checks: options.checks ?? [],
    async consentFor(line) {
      const listed = options.trusted !== undefined && (await isListed(line, options.trusted))
      if (isConfining) return { listed }
      // guard: unconfined-consent
      return listed && (await wordsOf(line)) !== undefined ? { listed } : { sensitive: 'there is no sandbox' }
    },
    async check(line) {
      // guard: denied-unasked
      await refuseDenied(line, options.denied)
      for (const list of options.lists ?? []) {
        // guard: command-lists
        if (!(await isListed(line, list))) throw notListed(list)
      }
    },
    async run(command, signal) {
      // guard: denied-commands
      await refuseDenied(command.line, options.denied)
      ids += 1
      beside ??= notCopied(options)
      const shown = (await beside).filter((path) => hasRoom(options, path))
      const part = command.fresh === true ? `fresh-${ids}` : 'all'
      const { policy, places } = await policyFor(options, { beside: shown, cwd: command.in, part })
      const ended = await runTold(command, { id: ids, policy, signal, options })
      return { ...ended, notes: await takeAway(places, policy, options) }
    },
  }
}

/** What a command may not leave in the workspace itself; of a copy it is not taken over. */
async function takeAway(
  { repositories }: Places,
  { fixed, hidden }: Policy,
  { sandbox, root, folder, takenAway: store, ours = [], onWarning }: CommandsOptions,
): Promise<string[]> {
  if (root !== folder || store === undefined || !sandbox.isConfining) return []
  // guard: new-repositories
  const notes = await takeAwayRepositories({ repositories, closed: [...fixed, ...hidden] }, { root, store, ours })
  for (const note of notes) onWarning?.(note)
  return notes
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

type Running = { id: number; policy: Policy; signal: AbortSignal; options: CommandsOptions }

/** Runs a command and tells what it does. */
async function runTold(
  { line, approvedBy, input, timeoutMs, ...command }: Command,
  { id, policy, signal, options }: Running,
): Promise<Ended> {
  const words = options.sandbox.isConfining ? undefined : await wordsOf(line)
  // Without a sandbox there is no shell where none is needed.
  // guard: no-shell
  const program = command.program ?? words ?? ['bash', '-c', line]
  const { sandbox, network, root, onCommand = () => undefined } = options
  const about = { id, command: redactSecrets(line), approvedBy: approvedBy ?? null }
  const folder = policy.cwd.slice(root.length + 1) || '.'
  onCommand({ type: 'command_start', ...about, folder, sandbox: sandbox.name, network, timeoutMs })
  const output = tellOutput((text) => onCommand({ type: 'command_output', id, text }))
  const ended = withoutSecrets(await sandbox.run(policy, { program, timeoutMs, signal, input, onOutput: output.take }))
  output.end()
  const { exitCode, signal: killedBy, ms, bytes, reason } = ended
  onCommand({ type: 'command_end', ...about, exitCode, signal: killedBy, ms, bytes, reason })
  return ended
}

/** What it takes to run several lines at once. */
export async function consentForAll(lines: readonly string[], commands: Commands): Promise<LineConsent> {
  const consents = await Promise.all(lines.map(async (line) => commands.consentFor(line)))
  const asked = consents.find(({ sensitive }) => sensitive !== undefined)
  return asked ?? { listed: consents.every(({ listed }) => listed === true) }
}

/** For a person who is asked: what holds a command. */
export function describeBox({ sandbox, network, isConfining }: Commands): string {
  return isConfining ? `${sandbox}: ${network ? 'network' : 'no network'}` : 'no sandbox: it can do whatever you can'
}

async function refuseDenied(line: string, denied: readonly string[] = []): Promise<void> {
  const found = await findDenied(line, denied)
  if (found === undefined) return
  throw new LocalBrainError('not-available', `"${found}" is on the person's list of commands that are never run`, {
    hint: 'commands.deny in your configuration',
  })
}

function notListed(list: readonly string[]): LocalBrainError {
  const only = `only commands that begin with ${list.join(', ')} may be run, one or several joined by && || ; |`
  return new LocalBrainError('not-available', `${only}, with plain words and no redirection`)
}

/** Mounts cost time, and so do the arguments that name them. */
const maxIgnored = 200

/**
 * Folders of the workspace that its copy does not have: `.git`, and what is ignored, such as node_modules, wherever it
 * lies. Commands see them where they are. None when they work on the workspace itself.
 */
async function notCopied({ root, folder, ignored }: CommandsOptions): Promise<string[]> {
  if (root === folder) return []
  const isMissing = (name: string) => entryAt(join(folder, name)) === undefined
  const isSafe = (part: string) => part !== '.local-brain' && !isSecret(part, 'directory')
  // Files read `.git` by other ways; a command that asks about the history needs the folder.
  const isShown = (name: string) => name === '.git' || name.split('/').every(isSafe)
  const top = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isMissing(entry.name))
    .map(({ name }) => name)
  const below = ((await ignored?.()) ?? []).filter((name) => isMissing(name) && !top.includes(name.split('/')[0] ?? ''))
  return [...top, ...below]
    .filter((name) => isShown(name) && isFolder(join(root, name)))
    .slice(0, maxIgnored)
    .map((name) => join(root, name))
}

/** Whether only folders stand in the way of one in the copy: a link there would lead somewhere else. */
function hasRoom({ root, folder }: CommandsOptions, path: string): boolean {
  const parts = path.slice(root.length + 1).split('/')
  return parts.every((_, at) => entryAt(join(folder, ...parts.slice(0, at + 1)))?.isDirectory() ?? true)
}

/** What commands write to an ignored folder is thrown away with the copy; in `.git` nothing is ever written. */
function overlaysFor(beside: readonly string[], written: string | undefined, part: string): Overlay[] {
  if (written === undefined) return []
  return beside
    .map((folder, at) => ({ folder, written: join(written, part, String(at)) }))
    .filter(({ folder }) => basename(folder) !== '.git')
}

/** Made anew for each command: what was hidden or there a command ago may have changed. */
async function policyFor(
  options: CommandsOptions,
  { beside, cwd, part }: { beside: readonly string[]; cwd: string; part: string },
): Promise<{ policy: Policy; places: Places }> {
  const { root, folder, environment, home, cache, network, ours = [], read = [], passed } = options
  const isDirect = folder === root
  const own = isDirect ? ours.filter((path) => contains(root, path)) : []
  // What a command writes into a copy is looked at before anybody takes it over.
  const search = { obeyed: isDirect, ours: own }
  const places = await findPlaces([folder, ...beside.filter((path) => !isPackages(path))], search)
  if (places === undefined) {
    throw new LocalBrainError('sandbox-failed', 'The folder has too many files to hide the secrets among them', {
      hint: 'local-brain --root <a smaller folder>',
    })
  }
  const toolchains = toolchainsOf(home, environment['PATH'], existsSync)
  const bare = isDirect ? bareIn(places.repositories) : []
  const policy = {
    folder,
    root,
    cwd: startFolder(cwd, folder, root),
    home,
    cache,
    readable: [...toolchains.readable, ...read.filter(existsSync)].filter((path) => !contains(path, root)),
    // A command before may have left an empty folder where `.git` is shown, which must not cover it.
    fixed: [...gitsIn(places.repositories), ...bare, ...beside, ...places.obeyed, ...own],
    thrownAway: overlaysFor(beside, options.written, part),
    hidden: [...toolchains.hidden, ...places.secrets],
    network,
    environment: commandEnvironment({ given: environment, home, folders: [root, folder], network, passed }),
  }
  return { policy, places }
}

/** A folder that a model named, as the command sees it. Rejects with LocalBrainError('not-available') outside. */
function startFolder(name: string, folder: string, root: string): string {
  const asked = resolve(folder, isAbsolute(name) && contains(root, name) ? name.slice(root.length + 1) : name)
  const gone = new LocalBrainError('not-available', `${name.slice(0, 200)} is not a folder of the workspace`)
  // guard: command-folder
  if (!contains(folder, asked) || !isFolder(asked)) throw gone
  const real = realpathSync.native(asked)
  if (!contains(folder, real)) throw gone
  return root + real.slice(folder.length)
}
