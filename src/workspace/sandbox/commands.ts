import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { redactSecrets } from '../../text/redact.ts'
import { contains } from '../contains.ts'
import { isSecret } from '../secrets.ts'
import type { Check } from './checks.ts'
import { isListed } from './command-line.ts'
import { commandEnvironment } from './environment.ts'
import type { Policy } from './policy.ts'
import type { Ended } from './process.ts'
import type { Sandbox } from './sandbox.ts'
import { findPlaces, isPackages } from './places.ts'
import { type ApprovedBy, type CommandEvent, tellOutput, withoutSecrets } from './told.ts'
import { toolchainsOf } from './toolchains.ts'

export type CommandsOptions = {
  sandbox: Sandbox
  /** The workspace, canonical, and the folder that commands see in its place: the same, or a copy. */
  root: string
  folder: string
  /** The person's own environment and home folder. */
  environment: Readonly<Record<string, string | undefined>>
  home: string
  /** Folder of ours that commands have as `~/.cache`. */
  cache: string
  network: boolean
  /** Commands whose results decide. */
  checks?: readonly Check[]
  /** Lists of beginnings of commands: a line has to be on each of them. */
  lists?: readonly (readonly string[])[]
  /** Our own program, which no command writes where it lies in the workspace. */
  installation?: string
  /** Is told of each command. */
  onCommand?: (event: CommandEvent) => void
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
}

/** Runs commands on a workspace. */
export type Commands = {
  sandbox: string
  network: boolean
  /** Commands whose results decide. */
  checks: readonly Check[]
  /** Rejects with LocalBrainError('not-available') for a line that is not on the lists. */
  check(line: string): Promise<void>
  run(command: Command, signal: AbortSignal): Promise<Ended>
}

export function createCommands(options: CommandsOptions): Commands {
  const { sandbox, network } = options
  const beside = notCopied(options)
  let ids = 0
  return {
    sandbox: sandbox.name,
    network,
    checks: options.checks ?? [],
    async check(line) {
      for (const list of options.lists ?? []) {
        // guard: command-lists
        if (!(await isListed(line, list))) throw notListed(list)
      }
    },
    async run(command, signal) {
      const policy = await policyFor(options, beside, command.in)
      ids += 1
      return runTold(command, { id: ids, policy, signal, options })
    },
  }
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
  { line, approvedBy, program = ['bash', '-c', line], input, timeoutMs }: Command,
  { id, policy, signal, options }: Running,
): Promise<Ended> {
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

function notListed(list: readonly string[]): LocalBrainError {
  const only = `only commands that begin with ${list.join(', ')} may be run, one or several joined by && || ; |`
  return new LocalBrainError('not-available', `${only}, with plain words and no redirection`)
}

/**
 * Folders of the workspace that its copy does not have: `.git`, and what is ignored, such as node_modules. Commands see
 * them where they are, read-only. None when they work on the workspace itself.
 */
function notCopied({ root, folder }: CommandsOptions): string[] {
  if (root === folder) return []
  const isMissing = (name: string) => lstatSync(join(folder, name), { throwIfNoEntry: false }) === undefined
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== '.local-brain' && !isSecret(entry.name, 'directory'))
    .filter(({ name }) => isMissing(name))
    .map(({ name }) => join(root, name))
}

/** Made anew for each command: what was hidden or there a command ago may have changed. */
async function policyFor(options: CommandsOptions, beside: readonly string[], cwd: string): Promise<Policy> {
  const { root, folder, environment, home, cache, network, installation, read = [], passed } = options
  const isDirect = folder === root
  const own = isDirect && installation !== undefined && contains(root, installation) ? [installation] : []
  // What a command writes into a copy is looked at before anybody takes it over.
  const search = { obeyed: isDirect }
  const places = await findPlaces([folder, ...beside.filter((path) => !isPackages(path))], search)
  if (places === undefined) {
    throw new LocalBrainError('sandbox-failed', 'The folder has too many files to hide the secrets among them', {
      hint: 'local-brain --root <a smaller folder>',
    })
  }
  const toolchains = toolchainsOf(home, environment['PATH'], existsSync)
  return {
    folder,
    root,
    cwd: startFolder(cwd, folder, root),
    home,
    cache,
    readable: [...toolchains.readable, ...read.filter(existsSync)].filter((path) => !contains(path, root)),
    fixed: [...beside, ...places.repositories, ...places.obeyed, ...own],
    hidden: [...toolchains.hidden, ...places.secrets],
    network,
    environment: commandEnvironment({ given: environment, home, folders: [root, folder], network, passed }),
  }
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
