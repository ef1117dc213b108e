import { existsSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { LocalBrainError, isError } from '../../errors.ts'
import { findProgram, outsidePath } from '../program.ts'
import { type GitEnvironment, gitEnvironment } from './environment.ts'
import { checkFolder } from './folder.ts'
import { type Git, type Opened, type WritingGit, createGit, createWritingGit } from './git.ts'
import { type GitPlace, checkOwner, confirmPlace, findTop, hookIndex, readPlace, refused } from './place.ts'
import { type GitStart, runGit } from './process.ts'
import { readSettings } from './settings.ts'

export type OpenGitOptions = {
  environment: GitEnvironment
  /** The index and the place that git hands to a hook count. */
  hook?: boolean
  /** Ends every git that is ever started. */
  signal?: AbortSignal
}

/**
 * The repository that a folder lies in, or null, found without git: git is looked for and asked about the repository
 * when the first question needs it. Nothing that the repository configures is ever run: settings that name programs are
 * overridden, filter drivers blanked. One that is bare, borrowed, shows other files or reaches outside is refused
 * ('git-refused'), here or by the first question.
 */
export function findGit(folder: string, options: OpenGitOptions): Git | null {
  const cwd = realpathSync.native(folder)
  const given = options.hook ? hookPlace(cwd, options.environment) : undefined
  const top = given?.GIT_WORK_TREE ?? findTop(cwd)
  return top === undefined ? null : createGit(top, () => prepare({ cwd, top, given }, options), options)
}

/** The same, which may also write: for a branch that a person asked for. */
export function findWritingGit(folder: string, options: Omit<OpenGitOptions, 'hook'>): WritingGit | null {
  const cwd = realpathSync.native(folder)
  const top = findTop(cwd)
  return top === undefined
    ? null
    : createWritingGit(top, () => prepare({ cwd, top, given: undefined }, options), options.signal)
}

/** The repository of `top`, as if `copy` were its working tree. */
export function gitInCopy(top: string, copy: string, options: Omit<OpenGitOptions, 'hook'>): Git {
  const open = async (): Promise<Opened> => {
    const { start, place } = await prepare({ cwd: top, top, given: undefined }, options)
    const env = { ...start.env, GIT_DIR: place.folder, GIT_WORK_TREE: copy }
    return { start: { ...start, cwd: copy, env }, place: { ...place, top: copy } }
  }
  return createGit(copy, open, options)
}

/** The same, asked about right away. */
export async function openGit(folder: string, options: OpenGitOptions): Promise<Git | null> {
  const git = findGit(folder, options)
  await git?.place()
  return git
}

type Given = { GIT_DIR: string; GIT_WORK_TREE: string }

/** GIT_DIR alone is no place: git then takes the current folder for the top. Discovery finds a linked work tree as well. */
function hookPlace(cwd: string, environment: GitEnvironment): Given | undefined {
  const { GIT_DIR: folder, GIT_WORK_TREE: work } = environment
  if (!folder || !work) return undefined
  const top = resolve(cwd, work)
  if (!existsSync(top)) throw refused(`GIT_WORK_TREE does not exist: "${work}"`, { hint: 'unset GIT_WORK_TREE' })
  return { GIT_DIR: resolve(cwd, folder), GIT_WORK_TREE: realpathSync.native(top) }
}

/** What every later command needs, once the repository has been found in order. */
async function prepare(
  { cwd, top, given }: { cwd: string; top: string; given: Given | undefined },
  { environment, hook, signal }: OpenGitOptions,
): Promise<Opened> {
  const { program, path } = findGitProgram(environment, [cwd, top])
  const safe = { ...environment, PATH: path }
  // Neither runs anything, whatever is configured, and both see the person's own safe.directory.
  const first = { program, cwd: top, signal, env: { ...gitEnvironment(safe), ...given } }
  const place = readPlace(top, given?.GIT_DIR)
  await checkFolder(place, environment)
  const [settings] = await Promise.all([readSettings(first), askPlace(first, place)])
  if (!given) checkOwner(place, settings.namesWorkTree)
  const index = hook && environment['GIT_INDEX_FILE'] ? hookIndex(cwd, environment['GIT_INDEX_FILE'], place) : undefined
  const hooks = settings.hooksPath?.replace(/^~(?=\/)/, environment['HOME'] ?? '~') ?? join(place.common, 'hooks')
  const env = {
    ...gitEnvironment(safe, settings.overrides),
    ...given,
    // guard: GIT_CONFIG_GLOBAL
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    // guard: hook-index
    ...(index !== undefined && { GIT_INDEX_FILE: index }),
  }
  return { start: { program, cwd: top, signal, env }, place: { ...place, hooks: resolve(top, hooks) } }
}

/** The program, and the PATH for what it starts itself. Throws LocalBrainError('git-failed'). */
export function findGitProgram(
  { PATH }: GitEnvironment,
  folders: readonly string[],
): { program: string; path: string } {
  const { path, refused: other } = findProgram('git', PATH, folders)
  if (path !== undefined) return { program: path, path: outsidePath(PATH, folders) }
  if (other === undefined)
    throw new LocalBrainError('git-failed', 'git is not installed, or not on the PATH', { hint: 'git --version' })
  throw new LocalBrainError('git-failed', `The only git on the PATH may come from this repository: "${other}"`, {
    hint: 'install git outside of the repository, and put the absolute path of its folder on the PATH',
  })
}

async function askPlace(git: GitStart, place: GitPlace): Promise<void> {
  const args = ['rev-parse', '--path-format=absolute', '--show-toplevel', '--git-dir', '--git-common-dir']
  try {
    const output = await runGit({ ...git, args, maxBytes: 64 * 1024, timeoutMs: 30_000 })
    confirmPlace(place, output.toString('utf8'))
  } catch (error) {
    if (!isError(error, 'git-failed')) throw error
    // guard: git-owner
    if (error.cause === 'other-owner')
      throw refused(`The git repository "${git.cwd}" belongs to another user`, {
        hint: `git config --global --add safe.directory "${git.cwd}"`,
      })
    if (error.cause === 'no-work-tree')
      throw refused(`"${git.cwd}" is the inside of a git repository, not its files`, {
        hint: 'local-brain --root <folder>',
      })
    if (error.cause === 'no-repository')
      throw refused(`"${join(git.cwd, '.git')}" is not a repository that git can open`, { hint: 'git fsck' })
    throw refused(error.message, { hint: error.hint, cause: error })
  }
}
