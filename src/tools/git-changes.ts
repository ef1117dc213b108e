import { posix, relative, sep } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { isOddName, notAvailable } from '../workspace/confine.ts'
import type { Git } from '../workspace/git.ts'
import { isSecret } from '../workspace/secrets.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** Which two sides a diff compares. `name` is for a reader: "staged changes". `past`: its lines are not those of the files now. */
export type Scope = { name: string; args: readonly string[]; past?: boolean }

/** A changed file, relative to the root. Lines are null when git takes it for binary. */
export type Change = { path: string; oldPath?: string; status: string; added: number | null; removed: number | null }

/** Independent of what the repository configures (review-and-hooks.md section 3.4). */
export const diffArgs =
  `--no-color --src-prefix=a/ --dst-prefix=b/ -U3 --inter-hunk-context=0 -M -l1000 --submodule=short
  --no-relative --diff-algorithm=histogram --indent-heuristic -O/dev/null --full-index`.split(/\s+/)

const listBytes = 8 * 1024 * 1024

export function gitOf(workspace: Workspace): Git {
  if (workspace.git) return workspace.git
  throw new LocalBrainError('not-a-repository', 'This folder is not in a git repository, so there is no history')
}

/** As git names it: relative to the top of the repository. */
export function gitPath(workspace: Workspace, path: string): string {
  const prefix = relative(gitOf(workspace).top, workspace.root).split(sep).join('/')
  return posix.join(prefix, path)
}

/** Without options: what is staged, or when nothing is, what is not. A hook sees only what is staged. */
export async function findScope(workspace: Workspace, wanted: { staged?: boolean; base?: string }): Promise<Scope> {
  const git = gitOf(workspace)
  const staged: Scope = { name: 'staged changes', args: ['--cached'] }
  if (wanted.base) return { name: `changes since ${wanted.base}`, args: await sinceBase(git, wanted.base) }
  if (workspace.view === 'index' || wanted.staged) return staged
  const isStaged = wanted.staged === undefined && (await listChanges(workspace, staged)).length > 0
  return isStaged ? staged : { name: 'unstaged changes', args: [] }
}

async function sinceBase(git: Git, base: string): Promise<string[]> {
  const [from, head] = [await git.resolve(base), await git.resolve('HEAD')]
  const common = (await git.run(['merge-base', from, head], { exitCodes: [1] })).trim()
  if (common === '') throw new LocalBrainError('unknown-revision', `"${base}" has no commit in common with HEAD`)
  return [common, head]
}

/** The changed files that a run may see, those below `path` when it is given (relative to the root). */
export async function listChanges(workspace: Workspace, scope: Scope, path = '.'): Promise<Change[]> {
  const args = ['diff', ...scope.args, ...diffArgs, '--raw', '--numstat', '-z', '--']
  const output = await gitOf(workspace).run(args, { maxBytes: listBytes })
  const all = parseChanges(output.split('\0'))
  const names = all.flatMap(({ path, oldPath = path }) => [path, oldPath])
  const visible = await findVisible(workspace, names)
  const hidden = names.filter((name) => !visible.has(name))
  return all
    .flatMap((change) => seen(change, visible))
    .filter((change) => path === '.' || change.path === path || change.path.startsWith(`${path}/`))
    .filter((change) => !hidden.some((name) => name.startsWith(`${gitPath(workspace, change.path)}/`)))
}

/** A rename out of sight, or into it, is seen by its one half. A name that is also a hidden file's folder would show both. */
function seen(change: Change, visible: ReadonlyMap<string, string>): Change[] {
  const path = visible.get(change.path)
  const oldPath = change.oldPath === undefined ? undefined : visible.get(change.oldPath)
  const { added, removed, status } = change
  if (path === undefined) return oldPath === undefined ? [] : [{ path: oldPath, status: 'D', added: 0, removed: null }]
  if (change.oldPath === undefined) return [{ path, status, added, removed }]
  return oldPath === undefined ? [{ path, status: 'A', added, removed }] : [{ ...change, path, oldPath }]
}

/** `--raw --numstat -z`: for each file `:modes ids letter`, names; then `added TAB removed TAB name`, or no name and two. */
function parseChanges(tokens: readonly string[]): Change[] {
  const changes = new Map<string, Change>()
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at++] ?? ''
    const raw = /^:.* ([A-Z])\d*$/.exec(token)
    const size = /^(\d+|-)\t(\d+|-)\t([^]*)$/.exec(token)
    if (raw) {
      const isPair = raw[1] === 'R' || raw[1] === 'C'
      const oldPath = isPair ? tokens[at++] : undefined
      const path = tokens[at++] ?? ''
      changes.set(path, { path, ...(oldPath && { oldPath }), status: raw[1] ?? '', added: 0, removed: 0 })
    } else if (size) {
      if (size[3] === '') at += 2
      const change = changes.get(size[3] || (tokens[at - 1] ?? ''))
      if (change) [change.added, change.removed] = [lineCount(size[1]), lineCount(size[2])]
    }
  }
  return [...changes.values()]
}

function lineCount(text = '-'): number | null {
  return text === '-' ? null : Number(text)
}

/** Of paths as git names them, those that a run may see → the same relative to the root. */
export async function findVisible(workspace: Workspace, paths: readonly string[]): Promise<Map<string, string>> {
  const start = gitPath(workspace, '.') === '.' ? '' : `${gitPath(workspace, '.')}/`
  const inside = paths.filter(
    (path) => path.startsWith(start) && !isOddName(path) && !isSecret(path.slice(start.length)),
  )
  if (inside.length === 0) return new Map()
  const input = `${inside.join('\0')}\0`
  const output = await gitOf(workspace).run(['check-ignore', '-z', '--stdin'], { input, exitCodes: [1] })
  const ignored = new Set(output.split('\0'))
  return new Map(inside.filter((path) => !ignored.has(path)).map((path) => [path, path.slice(start.length)]))
}

/** A path of a model's → relative to the root. It need not exist any more, but it has to be one that a run may see. */
export async function visiblePath(workspace: Workspace, path: string): Promise<string> {
  const wanted = workspace.relative(path)
  const name = gitPath(workspace, wanted)
  if (wanted !== '.' && !(await findVisible(workspace, [name])).has(name)) throw notAvailable(path)
  return wanted
}
