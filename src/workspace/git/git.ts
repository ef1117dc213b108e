import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { LocalBrainError, isError } from '../../errors.ts'
import { findProgram, outsidePath } from '../program.ts'
import { type GitEnvironment, gitEnvironment } from './environment.ts'
import { type GitPlace, checkPlace, hookIndex, parsePlace } from './place.ts'
import { type GitStart, runGit } from './process.ts'
import { readSettings } from './settings.ts'

type GitOptions = {
  /** Output past this many bytes is an error, or with `clip` left out. */
  maxBytes?: number
  clip?: boolean
  timeoutMs?: number
  signal?: AbortSignal
  /** What the command reads from standard input, not empty. */
  input?: string
  /** Exit codes besides 0 that count as success. */
  exitCodes?: readonly number[]
}

/** The only way to git. `args` are ours: a model's or a user's string reaches git only as a resolved id or behind `--`. */
export type Git = {
  /** The top of the working tree: canonical, absolute. Every command runs there. */
  readonly top: string
  /** The folder that this repository's hooks run from: absolute; it need not exist. */
  readonly hooksFolder: string
  /** Whether a merge is under way in this work tree. */
  isMerging(): boolean
  /** Standard output of one command. Rejects with LocalBrainError('git-failed'). */
  run(args: readonly string[], options?: GitOptions): Promise<string>
  /** The same as bytes: file content need not be UTF-8. */
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
const commands: Readonly<Record<string, readonly string[]>> = {
  'cat-file': [],
  'check-attr': [],
  'check-ignore': [],
  config: [],
  diff: diffFlags,
  grep: ['--no-textconv'],
  'hash-object': [],
  // guard: git-log-flags
  log: [...diffFlags, '--no-show-signature'],
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
 * The repository that `cwd` lies in, or null. Nothing that it configures is ever run: settings that name programs are
 * overridden, filter drivers blanked; a repository that is bare, borrowed or shows other files is refused
 * ('git-refused'). With `hook` the index and the place that git hands to a hook count.
 */
export async function openGit(
  folder: string,
  { environment, hook = false, signal }: { environment: GitEnvironment; hook?: boolean; signal?: AbortSignal },
): Promise<Git | null> {
  const cwd = realpathSync.native(folder)
  const given = hook ? hookPlace(cwd, environment) : {}
  const holder = given.GIT_WORK_TREE ?? repositoryAbove(cwd)
  if (holder === undefined) return null
  const { program, path } = findGit(environment, [cwd, holder])
  const safe = { ...environment, PATH: path }
  // Neither runs anything, whatever is configured, and both see the person's own safe.directory.
  const first = { program, cwd, signal, env: { ...gitEnvironment(safe), ...given } }
  const [settings, place] = await Promise.all([readSettings(first), findPlace(first)])
  if (!place) return null
  const env = {
    ...gitEnvironment(safe, settings.overrides),
    ...given,
    // guard: GIT_CONFIG_GLOBAL
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  }
  if (!given.GIT_DIR) checkPlace(cwd, place, settings.namesWorkTree)
  const index = hook && environment.GIT_INDEX_FILE ? hookIndex(cwd, environment.GIT_INDEX_FILE, place) : undefined
  const hooks = settings.hooksPath?.replace(/^~(?=\/)/, environment.HOME ?? '~') ?? join(place.common, 'hooks')
  // guard: hook-index
  const start = { program, cwd: place.top, signal, env: index ? { ...env, GIT_INDEX_FILE: index } : env }
  return createGit(start, { folder: place.folder, hooksFolder: resolve(place.top, hooks) })
}

/** The program, and the PATH for what it starts itself. Rejects with LocalBrainError('git-failed'). */
function findGit({ PATH }: GitEnvironment, folders: readonly string[]): { program: string; path: string } {
  const { path, refused } = findProgram('git', PATH, folders)
  if (path !== undefined) return { program: path, path: outsidePath(PATH, folders) }
  if (refused === undefined)
    throw new LocalBrainError('git-failed', 'git is not installed, or not on the PATH', { hint: 'git --version' })
  throw new LocalBrainError('git-failed', `The only git on the PATH may come from this repository: "${refused}"`, {
    hint: 'install git outside of the repository, and put the absolute path of its folder on the PATH',
  })
}

type Folders = { folder: string; hooksFolder: string }

function createGit(start: GitStart, { folder, hooksFolder }: Folders): Git {
  const { cwd: top, env } = start
  // check-ignore refuses to run with literal pathspecs; it has no wildcards anyway.
  const envOf = (command?: string) => (command === 'check-ignore' ? { ...env, GIT_LITERAL_PATHSPECS: '0' } : env)
  const bytes = async (args: readonly string[], options: GitOptions = {}) =>
    runGit({ ...start, ...limits, ...options, env: envOf(args[0]), args: hardened(args) })
  const run = async (args: readonly string[], options?: GitOptions) => (await bytes(args, options)).toString('utf8')
  const unknown = (revision: string) =>
    new LocalBrainError('unknown-revision', `"${revision.slice(0, 100)}" names no commit of this repository`, {
      hint: 'git log --oneline --all',
    })
  return {
    top,
    hooksFolder,
    // Unlike a branch it is a file in every format of a repository, and looking takes no process.
    isMerging: () => existsSync(join(folder, 'MERGE_HEAD')),
    run,
    bytes,
    branch: async () => (await run(['symbolic-ref', '--quiet', '--short', 'HEAD'], { exitCodes: [1] })).trim(),
    // guard: git-revision
    async resolve(revision) {
      if (!/^[^-\0][^\0]{0,499}$/.test(revision)) throw unknown(revision)
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]
      const id = (await run(args, { exitCodes: [1, 128] })).trimEnd()
      if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) throw unknown(revision)
      return id
    },
  }
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

function hardened(args: readonly string[]): string[] {
  const [command = '', ...rest] = args
  const flags = commands[command]
  if (!flags) throw new Error(`git ${command} is not a command that workspace/git/git.ts knows to be safe`)
  return [command, ...flags, ...rest]
}

/** GIT_DIR alone is no place: git then takes the current folder for the top. Discovery finds a linked work tree as well. */
function hookPlace(cwd: string, environment: GitEnvironment): Record<string, string> {
  const { GIT_DIR: folder, GIT_WORK_TREE: top } = environment
  return folder && top ? { GIT_DIR: resolve(cwd, folder), GIT_WORK_TREE: resolve(cwd, top) } : {}
}

/** The next folder with a `.git`. Without one there is nothing to ask git, and it need not be installed. */
function repositoryAbove(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder
  return dirname(folder) === folder ? undefined : repositoryAbove(dirname(folder))
}

async function findPlace(git: GitStart): Promise<GitPlace | null> {
  const args = ['rev-parse', '--path-format=absolute', '--show-toplevel', '--git-dir', '--git-common-dir']
  try {
    return parsePlace((await runGit({ ...git, ...limits, args })).toString('utf8'))
  } catch (error) {
    if (!isError(error, 'git-failed') || typeof error.cause !== 'string') throw error
    if (error.cause.includes('not a git repository')) return null
    // guard: git-owner
    const owner = /dubious ownership in repository at '(.*)'/.exec(error.cause)?.[1]
    if (/cannot use bare repository|must be run in a work tree/.test(error.cause))
      throw new LocalBrainError('git-refused', `"${git.cwd}" is the inside of a git repository, not its files`, {
        hint: 'local-brain --root <folder>',
      })
    if (owner === undefined) throw new LocalBrainError('git-refused', error.message, { cause: error })
    throw new LocalBrainError('git-refused', `The git repository "${owner}" belongs to another user`, {
      hint: `git config --global --add safe.directory "${owner}"`,
      cause: error,
    })
  }
}
