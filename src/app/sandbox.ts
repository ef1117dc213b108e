import { homedir } from 'node:os'
import { join, posix, relative } from 'node:path'
import type { Emit } from '../core/events.ts'
import type { Skill } from '../skills/skill.ts'
import { sha256 } from '../text/hash.ts'
import { contains } from '../workspace/contains.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { type Commands, createCommands } from '../workspace/sandbox/commands.ts'
import { type NoSandbox, findSandbox } from '../workspace/sandbox/find.ts'
import type { Sandbox } from '../workspace/sandbox/sandbox.ts'
import { noSandbox, unconfinedWarning } from '../workspace/sandbox/unconfined.ts'
import { checksOf } from './checks.ts'
import { ownPlaces } from './own-places.ts'
import type { SessionContext, SessionRequest } from './request.ts'
import { makeFolder } from '../store/make-folder.ts'

type Request = Omit<SessionRequest, 'skill'>

/** The sandbox for commands of a session, or the reason why commands cannot be run. */
export async function sandboxFor(
  workspace: Workspace,
  request: Request,
  { signal, approve, permit }: Pick<SessionContext, 'signal' | 'approve' | 'permit'>,
): Promise<Sandbox | NoSandbox> {
  const { environment, paths, sandbox } = request
  if (sandbox?.kind === 'none') return approve || permit || trustsAny(request) ? noSandbox() : noConsent
  const own = join(paths.state, 'sandbox')
  makeFolder(own, 0o700)
  const folders = [workspace.root, workspace.git?.top ?? workspace.root]
  return findSandbox({ path: environment['PATH'], folders, own }, signal)
}

/** Each command without a sandbox is asked for, or named before. */
const noConsent: NoSandbox = {
  reason: 'there is no sandbox, and nobody to ask',
  hint: "name what may be run: --commands 'npm test'",
}

function trustsAny({ commands, commandRules, checks }: Request): boolean {
  return [commands, commandRules?.allow, checks].some((list) => list !== undefined && list.length > 0)
}

/** What a person should know about the commands that they let run. */
export async function commandWarnings(
  { isConfining }: Sandbox,
  { commands = [], commandRules = {}, network = false }: Request,
): Promise<string[]> {
  const { openPrefixes } = await import('../workspace/sandbox/command-line.ts')
  const open = await openPrefixes([...commands, ...(commandRules.allow ?? [])])
  return [
    ...(isConfining ? [] : [unconfinedWarning]),
    // guard: network-said
    ...(isConfining && network ? [networkWarning] : []),
    ...(open.length === 0 ? [] : [`what these start is not limited by the list of commands: ${open.join(', ')}`]),
  ]
}

const networkWarning = 'commands may use the network: all of it, and the services of this machine too'

type Place = {
  /** The workspace, and the copy that commands work on. */
  workspace: Workspace
  copy: Workspace
  /** One of our own folders, removed with the copy, if there is one. */
  beside?: string
  request: Request
  skill: Pick<Skill, 'checks' | 'commands'>
  emit: Emit
}

/** Runs commands on the copy, which they see in the place of the workspace. */
export function commandsIn(sandbox: Sandbox, { workspace, copy, beside, request, skill, emit }: Place): Commands {
  const { environment, paths, network = false, commands, commandRules = {} } = request
  const { read, env, cache = true } = request.sandbox ?? {}
  const ours = ownPlaces(paths)
  // A file that doesn't exist yet can't be protected from being written.
  if (copy === workspace)
    for (const place of ours.filter((one) => contains(workspace.root, one))) makeFolder(place, 0o700)
  // One cache for each project: compilers are slow without what they made before.
  const project = sha256(workspace.root).slice(0, 16)
  return createCommands({
    sandbox,
    root: workspace.root,
    folder: copy.root,
    written: beside,
    ignored: async () => ignoredFolders(workspace),
    environment,
    home: environment['HOME'] || homedir(),
    cache: cache ? join(paths.cache, 'commands', project) : undefined,
    read,
    passed: env,
    // Where a sandbox holds commands, the list of a run only narrows what may be run.
    trusted: [...(commandRules.allow ?? []), ...(sandbox.isConfining ? [] : (commands ?? []))],
    denied: commandRules.deny,
    network,
    onCommand: emit,
    checks: checksOf(skill, request.checks),
    lists: [skill.commands, commands].filter((list) => list !== undefined),
    ours,
    takenAway: join(paths.state, 'taken-away'),
    onWarning: (message) => emit({ type: 'warning', message }),
  })
}

/** As git lists them: the outermost ones. Outside a repository commands see those at the top of the workspace. */
async function ignoredFolders({ git, root }: Workspace): Promise<string[]> {
  if (git === null) return []
  const args = ['ls-files', '-o', '-i', '--exclude-standard', '--directory', '-z', '--', relative(git.top, root) || '.']
  const names = await git.run(args, { maxBytes: 4 * 1024 * 1024, clip: true })
  return names
    .split('\0')
    .filter((name) => name.endsWith('/'))
    .map((name) => posix.relative(relative(git.top, root), name.slice(0, -1)))
    .filter((name) => name !== '' && !name.startsWith('..'))
}
