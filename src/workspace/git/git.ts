import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LocalBrainError, isError } from '../../errors.ts'
import type { GitPlace } from './place.ts'
import { type GitProcess, type GitStart, runGit } from './process.ts'

type GitOptions = {
  /** Output past this many bytes is an error, or with `clip` left out. */
  maxBytes?: number
  clip?: boolean
  /** Is called once, with the first bytes that git writes. */
  onOutput?: (start: Uint8Array) => void
  timeoutMs?: number
  signal?: AbortSignal
  /** What the command reads from standard input. */
  input?: string
  /** Exit codes besides 0 that count as success. */
  exitCodes?: readonly number[]
  /** Variables on top of those of every command, such as another index. */
  env?: Readonly<Record<string, string>>
  /** Where it runs. A command that writes an index looks at the files from there, so that has to be its work tree. */
  cwd?: string
}

/** `hooks`: the folder that this repository's hooks run from: absolute; it need not exist. */
type OpenPlace = GitPlace & { hooks: string }

/** A repository that was found in order. */
export type Opened = { start: GitStart; place: OpenPlace }

/** The only way to git. `args` are ours: a model's or a user's string reaches git only as a resolved id or behind `--`. */
export type Git = {
  /** The top of the working tree: canonical, absolute. Every command runs there. */
  readonly top: string
  /** Where the repository itself is. Rejects with LocalBrainError('git-refused') where git may not be used. */
  place(): Promise<OpenPlace>
  /** Whether a merge is under way in this work tree. */
  isMerging(): Promise<boolean>
  /** Forgets what was found out about the repository: after something was written to it. */
  refresh(): void
  /** Standard output of one command. Rejects with LocalBrainError('git-failed'). */
  run(args: readonly string[], options?: GitOptions): Promise<string>
  /**
   * The same as bytes: file content need not be UTF-8. Left out of the library's types, which need none of Node's.
   * @internal
   */
  bytes(args: readonly string[], options?: GitOptions): Promise<Buffer>
  /** The branch that is checked out, or an empty text. */
  branch(): Promise<string>
  /** A revision as a person wrote it → one hexadecimal commit id. Rejects with LocalBrainError('unknown-revision'). */
  resolve(revision: string): Promise<string>
}

const limits = { maxBytes: 8 * 1024 * 1024, timeoutMs: 30_000 }

// Every command that may run, all read-only, with what it must carry so that the repository cannot choose a program.
// A command that is not here has not been looked at.
const diffFlags = [
  // guard: git-no-ext-diff
  '--no-ext-diff',
  // guard: git-no-textconv
  '--no-textconv',
  // guard: git-clean-submodules
  '--ignore-submodules=dirty',
  // guard: git-short-submodules
  '--submodule=short',
]
const reading: Readonly<Record<string, readonly string[]>> = {
  'cat-file': [],
  'check-attr': [],
  'check-ignore': [],
  config: [],
  diff: diffFlags,
  grep: ['--no-textconv'],
  'hash-object': [],
  // guard: git-log-flags
  log: [...diffFlags, '--no-show-signature'],
  'for-each-ref': [],
  'ls-files': [],
  'ls-tree': [],
  'merge-base': [],
  'rev-list': [],
  'rev-parse': [],
  // guard: git-show-flags
  show: [...diffFlags, '--no-show-signature'],
  // guard: git-status-flags
  status: ['--ignore-submodules=dirty'],
  'symbolic-ref': [],
}

/**
 * The commands that write, for a store of our own and for a branch that a person asked for. None of them reads a driver,
 * starts a hook (`core.hooksPath` is blanked) or asks for a signature.
 */
const writing: Readonly<Record<string, readonly string[]>> = {
  'check-ref-format': [],
  'checkout-index': [],
  'commit-tree': ['--no-gpg-sign'],
  'merge-file': [],
  'pack-objects': [],
  'read-tree': [],
  'update-index': [],
  'update-ref': [],
  'write-tree': [],
}

/** The same git, which may write as well. */
export type WritingGit = Git & { readonly writes: true }

type CreateOptions = {
  signal?: AbortSignal | undefined
  commands?: Readonly<Record<string, readonly string[]>>
}

/** git below `top`. `prepare` is called before the first command, and after each refresh. */
export function createGit(
  top: string,
  prepare: () => Promise<Opened>,
  { signal, commands = reading }: CreateOptions = {},
): Git {
  let opening: Promise<Opened> | undefined
  const open = () => (opening ??= prepare())
  const bytes = async (args: readonly string[], options: GitOptions = {}) => {
    const { start, place } = await open()
    const env = { ...environmentOf(start, args[0]), ...options.env }
    const task = { ...start, ...limits, signal, ...options, env, args: hardened(args, commands) }
    // guard: git-shallow
    return (await runPastShallow(task, place)) ?? runGit(task)
  }
  const run = async (args: readonly string[], options?: GitOptions) => (await bytes(args, options)).toString('utf8')
  return {
    top,
    place: async () => (await open()).place,
    // Unlike a branch it is a file in every format of a repository, and looking takes no process.
    isMerging: async () => existsSync(join((await open()).place.folder, 'MERGE_HEAD')),
    refresh: () => (opening = undefined),
    run,
    bytes,
    branch: async () => (await run(['symbolic-ref', '--quiet', '--short', 'HEAD'], { exitCodes: [1] })).trim(),
    // guard: git-revision
    async resolve(revision) {
      if (!isName(revision)) throw unknownRevision(revision)
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]
      const id = (await run(args, { exitCodes: [1, 128] })).trimEnd()
      if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) throw unknownRevision(revision)
      return id
    },
  }
}

const walking = new Set(['log', 'merge-base', 'rev-list', 'rev-parse'])

/**
 * A `shallow` file says where history ends. In a shallow clone that is so; elsewhere it hides what is there. So history is
 * first walked as the commits tell it. Undefined where that does not work, or there is no such file.
 */
async function runPastShallow(task: GitProcess, { common }: OpenPlace): Promise<Buffer | undefined> {
  if (!walking.has(task.args[0] ?? '') || !existsSync(join(common, 'shallow'))) return undefined
  try {
    return await runGit({ ...task, exitCodes: [], env: { ...task.env, GIT_SHALLOW_FILE: '/dev/null' } })
  } catch (error) {
    if (isError(error, 'git-failed')) return undefined
    throw error
  }
}

/** No option, and no search: `:/text` and `^{/text}` match a pattern against every commit there is. */
function isName(revision: string): boolean {
  // guard: git-search
  return /^[^-\0:][^\0:]{0,499}$/.test(revision) && !revision.includes('^{/')
}

function unknownRevision(revision: string): LocalBrainError {
  return new LocalBrainError('unknown-revision', `"${revision.slice(0, 100)}" names no commit of this repository`, {
    hint: 'git log --oneline --all',
  })
}

/** check-ignore refuses to run with literal pathspecs; it has no wildcards anyway. */
function environmentOf({ env }: GitStart, command?: string): GitStart['env'] {
  return command === 'check-ignore' ? { ...env, GIT_LITERAL_PATHSPECS: '0' } : env
}

/** git that may also run the commands which write: for a store of our own, and for a branch that a person asked for. */
export function createWritingGit(top: string, prepare: () => Promise<Opened>, signal?: AbortSignal): WritingGit {
  return { ...createGit(top, prepare, { signal, commands: { ...reading, ...writing } }), writes: true }
}

/** The same git, for work that ends with a signal: so does what it runs. */
export function withSignal(git: Git, signal: AbortSignal | undefined): Git {
  if (!signal) return git
  return {
    ...git,
    run: (args, options) => git.run(args, { signal, ...options }),
    bytes: (args, options) => git.bytes(args, { signal, ...options }),
  }
}

function hardened(args: readonly string[], commands: typeof reading): string[] {
  const [command = '', ...rest] = args
  const flags = commands[command]
  if (!flags) throw new Error(`git ${command} is not a command that workspace/git/git.ts knows to be safe`)
  return [command, ...flags, ...rest]
}
