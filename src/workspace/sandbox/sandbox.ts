import { lstatSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { argumentsOf, isAtLeast, limited, type Machine } from './bubblewrap.ts'
import { filterFor } from './filter.ts'
import type { Bubblewrap } from './find.ts'
import type { Policy } from './policy.ts'
import { type Ended, runProcess } from './process.ts'

export type CommandRequest = {
  /** A program and its arguments, each as it is. */
  program: readonly string[]
  /** What it reads from standard input, which is empty otherwise. */
  input?: string
  timeoutMs: number
  signal: AbortSignal
}

/** The only way to a command. `name` is for reports: `bubblewrap 0.8.0`. */
export type Sandbox = {
  name: string
  /** False where the kernel's calls are not filtered, since their numbers on this machine are not known. */
  isFiltered: boolean
  /** Rejects with LocalBrainError('sandbox-failed') when the sandbox could not be put up: then nothing was run. */
  run(policy: Policy, request: CommandRequest): Promise<Ended>
}

/** `folder` is a private folder of ours, for an empty file to show in place of secrets. */
export function bubblewrapSandbox({ program, version, words }: Bubblewrap, folder: string): Sandbox {
  const filter = filterFor(process.arch, !isAtLeast(version, [0, 8]))
  const empty = join(folder, 'empty')
  const machine: Machine = { version, kindOf, empty }
  return {
    name: `bubblewrap ${words}`,
    isFiltered: filter !== undefined,
    async run(policy, { program: command, ...request }) {
      mkdirSync(policy.cache, { recursive: true, mode: 0o700 })
      writeFileSync(empty, '', { mode: 0o400, flag: 'w' })
      // guard: sandbox-filter
      const filtered = filter === undefined ? [] : ['--seccomp', '3']
      const args = [...argumentsOf(policy, machine), ...filtered, '--', ...limited(command)]
      const ended = await runProcess({ program, args, filter, ...request })
      if (ended.exitCode === 1 && /^bwrap: /.test(ended.output)) throw failed(ended.output)
      return ended
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
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  if (found.isSymbolicLink()) return { link: readlinkSync(path) }
  return found.isDirectory() ? 'folder' : 'file'
}
