import { readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { entryAt } from '../entry.ts'
import { argumentsOf, isAtLeast, limited, type Machine } from './bubblewrap.ts'
import { filterFor } from './filter.ts'
import { canBeNamed, underOverlays } from './overlay.ts'
import type { Policy } from './policy.ts'
import { type Ended, runProcess } from './process.ts'
import { seatbeltProfile } from './seatbelt.ts'
import { makeFolder } from '../../store/make-folder.ts'

type CommandRequest = {
  /** A program and its arguments, each as it is. */
  program: readonly string[]
  /** What it reads from standard input, which is empty otherwise. */
  input?: string | undefined
  timeoutMs: number
  signal: AbortSignal
  /** Called with what is printed as it comes. */
  onOutput?: ((chunk: Uint8Array) => void) | undefined
}

/** The only way to a command. `name` is for reports: `bubblewrap 0.8.0`. */
export type Sandbox = {
  name: string
  /** False where the kernel's calls are not filtered, since their numbers on this machine are not known. */
  isFiltered: boolean
  /** False: a command can do whatever the person can. */
  isConfining: boolean
  /** Rejects with LocalBrainError('sandbox-failed') when the sandbox could not be put up: then nothing was run. */
  run(policy: Policy, request: CommandRequest): Promise<Ended>
}

/** bubblewrap as it was found on this machine. `words` is its version as it says it. */
type Bubblewrap = { program: string; version: Machine['version']; words: string }

/** `folder`: one of our own private folders, for an empty file to show in place of secrets. */
export function bubblewrapSandbox({ program, version, words }: Bubblewrap, folder: string): Sandbox {
  const filter = filterFor(process.arch, !isAtLeast(version, [0, 8]))
  const empty = join(folder, 'empty')
  const machine: Machine = { version, kindOf, empty }
  let overlays: Promise<boolean> | undefined
  return {
    name: `bubblewrap ${words}`,
    isFiltered: filter !== undefined,
    isConfining: true,
    async run(asked, { program: command, ...request }) {
      if (asked.cache !== undefined) makeFolder(asked.cache, 0o700)
      writeFileSync(empty, '', { mode: 0o600 })
      const start = async (policy: Policy, line: readonly string[]) => {
        const { thrownAway = [] } = policy
        const isOver = thrownAway.length > 0
        // guard: sandbox-filter
        const filtered = filter === undefined ? [] : ['--seccomp', '3']
        const user = isOver ? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 } : undefined
        const args = [...argumentsOf(policy, { ...machine, user }), ...filtered, '--', ...line]
        const started = isOver ? underOverlays(thrownAway, program, args) : { program, args }
        return runProcess({ ...started, env: { PATH: '/usr/bin:/bin' }, cwd: '/', filter, ...request })
      }
      const policy = { ...asked, thrownAway: asked.thrownAway?.filter(canBeNamed) }
      if (policy.thrownAway?.length) {
        overlays ??= start(policy, ['true']).then(({ exitCode }) => exitCode === 0)
        // A kernel that puts up no overlay for us, or a system that does not allow it.
        if (!(await overlays)) policy.thrownAway = []
      }
      const ended = await start(policy, limited(command))
      if (ended.exitCode === 1 && ended.output.startsWith('bwrap: ')) throw failed(ended.output)
      return ended
    },
  }
}

/**
 * sandbox-exec of macOS. It cannot show a folder in another place, so commands work on the folder under its own name,
 * and what a command starts may leave its process group. Not tried on a Mac.
 */
export function seatbeltSandbox(program: string, folder: string): Sandbox {
  return {
    name: 'seatbelt',
    isFiltered: false,
    isConfining: true,
    async run(policy, { program: command, ...request }) {
      const temporary = join(folder, 'tmp')
      const cache = policy.cache ?? join(temporary, 'cache')
      for (const path of [cache, temporary]) makeFolder(path, 0o700)
      const cwd = policy.folder + policy.cwd.slice(policy.root.length)
      const env = { ...policy.environment, TMPDIR: temporary, XDG_CACHE_HOME: cache }
      const args = ['-p', seatbeltProfile(policy, temporary), ...limited(command)]
      return runProcess({ program, args, env, cwd, ...request })
    },
  }
}

/** bubblewrap complains and ends with 1 before it starts the command. */
function failed(output: string): LocalBrainError {
  return new LocalBrainError('sandbox-failed', `The sandbox could not be put up: ${output.split('\n')[0] ?? ''}`, {
    hint: 'local-brain doctor',
  })
}

function kindOf(path: string): ReturnType<Machine['kindOf']> {
  const found = entryAt(path)
  if (found === undefined) return undefined
  if (found.isSymbolicLink()) return { link: readlinkSync(path) }
  return found.isDirectory() ? 'folder' : 'file'
}
