import { posix } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import type { Change } from '../workspace/git/change-list.ts'
import { type Sides, findSides, listChanges } from '../workspace/git/changes.ts'
import { isOddName, notAvailable, relativeTo } from '../workspace/confine.ts'
import { type Git, withSignal } from '../workspace/git/git.ts'
import { ignoredNames } from '../workspace/ignored.ts'
import { isSecret } from '../workspace/secrets.ts'
import type { ToolContext } from '../core/tool.ts'

/** What a diff compares. `name` is shown: "staged changes". `past`: its line numbers are not those of the files now. */
export type Scope = { name: string; sides: Sides; past?: boolean }

/** git for one call: everything that it starts ends with the call. */
export function gitOf({ workspace: { git }, signal }: ToolContext): Git {
  if (git) return withSignal(git, signal)
  throw new LocalBrainError('not-a-repository', 'This folder is not in a git repository, so there is no history')
}

/** A path for git: relative to the top of the repository. */
export function gitPath(context: ToolContext, path: string): string {
  return posix.join(relativeTo(gitOf(context).top, context.workspace.root), path)
}

/** Without options: the staged changes, or the unstaged ones if nothing is staged. A hook only sees staged changes. */
export async function findScope(context: ToolContext, wanted: { staged?: boolean; base?: string }): Promise<Scope> {
  const staged: Scope = { name: 'staged changes', sides: ['--cached'] }
  if (wanted.base) return { name: `changes since ${wanted.base}`, sides: await findSides(gitOf(context), wanted.base) }
  if (context.workspace.view === 'index' || wanted.staged) return staged
  const isStaged = wanted.staged === undefined && (await findChanges(context, staged)).length > 0
  return isStaged ? staged : { name: 'unstaged changes', sides: [] }
}

/** The changed files that a run may see, relative to the root; with `path` only those below it. */
export async function findChanges(
  context: ToolContext,
  { sides }: Pick<Scope, 'sides'>,
  path = '.',
): Promise<Change[]> {
  const all = await listChanges(gitOf(context), sides)
  const visible = await findVisible(
    context,
    all.flatMap(({ path, oldPath = path }) => [path, oldPath]),
  )
  return all
    .flatMap((change) => seen(change, visible))
    .filter((change) => path === '.' || change.path === path || change.path.startsWith(`${path}/`))
}

/** If only one side of a rename may be seen, it is shown as a deletion or an addition. */
function seen({ oldPath: from, ...change }: Change, visible: ReadonlyMap<string, string>): Change[] {
  const path = visible.get(change.path)
  const oldPath = from === undefined ? undefined : visible.get(from)
  const { oldMode, newMode } = change
  if (path === undefined) return oldPath === undefined ? [] : [{ path: oldPath, status: 'D', oldMode, newMode }]
  if (from === undefined) return [{ ...change, path }]
  // What was under the other name stays unseen, whatever git calls its content.
  if (oldPath === undefined) return [{ ...change, path, status: 'A', oldMode: '000000' }]
  return [{ ...change, path, oldPath }]
}

/** Those of git's paths that a run may see, with the same paths relative to the root. */
export async function findVisible(context: ToolContext, paths: readonly string[]): Promise<Map<string, string>> {
  const start = gitPath(context, '.') === '.' ? '' : `${gitPath(context, '.')}/`
  const inside = paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length))
  const named = inside.filter((path) => !isOddName(`${start}${path}`) && !isSecret(path))
  const ignored = await ignoredNames(context.workspace.root, gitOf(context), named)
  return new Map(named.filter((path) => !ignored.has(path)).map((path) => [`${start}${path}`, path]))
}

/** Resolves a model's path relative to the root. The file may be gone, but it has to be one that a run may see. */
export async function visiblePath(context: ToolContext, path: string): Promise<string> {
  // guard: model-path-relative
  const wanted = context.workspace.relative(path)
  const name = gitPath(context, wanted)
  // Fewer names are open to a file, which it may have been.
  const isFolder = await context.workspace.info(wanted).then(
    ({ kind }) => kind === 'directory',
    () => false,
  )
  // guard: model-path-visible
  if (!isFolder && !(await findVisible(context, [name])).has(name)) throw notAvailable(path)
  return wanted
}
