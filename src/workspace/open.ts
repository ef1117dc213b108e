import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { isOddName, notAvailable, relativeTo } from './confine.ts'
import { contains } from './contains.ts'
import { decode } from './decode.ts'
import type { GitEnvironment } from './git/environment.ts'
import type { Git } from './git/git.ts'
import { findTop } from './git/place.ts'
import { ignoredIn } from './ignored.ts'
import { indexView } from './staged.ts'
import type { FindOptions, Found, View } from './view.ts'
import { matchNames } from './walk.ts'
import type { FileText, ListOptions, Listing, Workspace } from './workspace.ts'
import { worktreeView } from './worktree.ts'

export type WorkspaceOptions = {
  root: string
  /** Open the whole repository that the root lies in, where there is one. */
  whole?: boolean
  environment: GitEnvironment
  view?: 'worktree' | 'index'
  /** We run inside a git hook: the index that git handed over counts. */
  hook?: boolean
  /** Ends every git that this workspace ever starts. */
  signal?: AbortSignal
  /** Of a copy to work in: its repository, or null, and the workspace that it is a copy of. Its rules hold in the copy. */
  copy?: { git: Git | null; of: Workspace }
}

const limits = { readBytes: 1024 * 1024, listed: 5000, sniffed: 8000 }

/** The top of the repository that a folder lies in, else the folder itself. */
export function findRoot(folder: string): string {
  const real = realpathSync.native(folder)
  return findTop(real) ?? real
}

/** The repository that a folder lies in, if it does. The code that talks to git is loaded for one alone. */
async function gitOf(folder: string, options: WorkspaceOptions): Promise<Git | null> {
  if (!options.hook && findTop(folder) === undefined) return null
  const { findGit } = await import('./git/open.ts')
  return findGit(folder, options)
}

export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const folder = canonicalRoot(options.root)
  const git = options.copy === undefined ? await gitOf(folder, options) : options.copy.git
  const root = options.whole && git ? canonicalRoot(git.top) : folder
  const name = options.view ?? 'worktree'
  if (name === 'index' && !git)
    throw new LocalBrainError('not-a-repository', `"${root}" is not in a git repository`, { hint: 'git init' })
  // guard: start-rules
  const rules = options.copy?.of.ignored
  const view = name === 'index' && git ? indexView(root, git) : worktreeView(root, git, rules)
  return {
    root,
    view: name,
    git,
    ignored: rules ?? ignoredIn(root, git),
    relative: (path) => relativePath(root, path),
    read: (path, options = {}) => readText(view, path, { maxBytes: limits.readBytes, ...options }),
    async info(path) {
      const { path: name, size, modified, kind, bytes } = await view.find(path, { maxBytes: limits.sniffed })
      return {
        path: name,
        size,
        modified,
        kind,
        binary: kind === 'file' && decode(bytes, { cut: true, path: name }) === null,
      }
    },
    list: (wanted = {}) => list(root, view, wanted),
    refresh() {
      view.refresh()
      git?.refresh()
    },
  }
}

// A home folder is big, but walks are bounded and its secrets denied; below these nothing is anybody's work.
const noRoots = ['/proc', '/sys', '/dev']

/** A path through a file, or one that may not be looked at, does not count. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function canonicalRoot(folder: string): string {
  const hint = 'local-brain --root <folder>'
  if (!isFolder(folder)) throw new LocalBrainError('missing-file', `Folder "${folder}" does not exist`, { hint })
  const root = realpathSync.native(folder)
  if (root === resolve(root, '..') || noRoots.some((system) => contains(system, root)))
    throw new LocalBrainError('usage', `"${root}" is not a folder to open to a model: it holds the whole machine`, {
      hint,
    })
  return root
}

function relativePath(root: string, path: string): string {
  if (isOddName(path)) throw notAvailable(path)
  const lexical = resolve(root, path)
  if (contains(root, lexical)) return relativeTo(root, lexical)
  try {
    const real = realpathSync.native(lexical)
    if (isAbsolute(path) && contains(root, real)) return relativeTo(root, real)
  } catch {
    // Not there, or not to be known: the same answer.
  }
  throw notAvailable(path)
}

async function readText(view: View, path: string, { maxBytes, named }: FindOptions): Promise<FileText> {
  const found = await view.find(path, { maxBytes: maxBytes + 1, named })
  const truncated = found.bytes.length > maxBytes
  const decoded =
    found.kind === 'file' ? decode(found.bytes.subarray(0, maxBytes), { cut: truncated, path: found.path }) : null
  if (!decoded) throw notText(found)
  return { path: found.path, size: found.size, truncated, ...decoded }
}

function notText({ path, kind }: Found): LocalBrainError {
  return new LocalBrainError('unreadable-file', `${path} is ${kind === 'directory' ? 'a folder' : 'not a text file'}`)
}

async function list(root: string, view: View, options: ListOptions): Promise<Listing> {
  const { limit = limits.listed } = options
  const { path, real: under, kind } = await view.find(options.under ?? '.', { maxBytes: 0 })
  if (kind === 'file') throw new LocalBrainError('unreadable-file', `${path} is a file, not a folder`)
  const walk = await view.startWalk(under)
  const paths = await matchNames(root, walk, { ...options, under })
  return { paths: paths.slice(0, limit), truncated: walk.left || paths.length > limit }
}
