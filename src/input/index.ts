import type { Workspace } from '../workspace/workspace.ts'
import type { GatherContext, Gathered, NotReviewed, ScopeKind, Unit, Work } from './unit.ts'

type Part = { units: Unit[]; skipped: NotReviewed[]; warnings?: string[] }

/** Few runs need more than one of them, and a question by itself none. */
const loadDiff = () => import('./diff.ts')
const loadFiles = () => import('./files.ts')
const loadStdin = () => import('./stdin.ts')

/**
 * What a person named → what is looked at and what is not, with reasons. Sources add up: the first of diff, files and
 * standard input gives the scope its name. Rejects with LocalBrainError 'missing-file', 'unreadable-file',
 * 'not-a-repository' or 'unknown-revision'.
 */
export async function gather(work: Work, workspace: Workspace, context: GatherContext): Promise<Gathered> {
  const hasFiles = work.files.length > 0 || work.dir !== undefined || work.pattern !== undefined
  const [branch, diff, files] = await Promise.all([
    context.branch === false ? '' : (workspace.git?.branch() ?? ''),
    work.diff && loadDiff().then(({ gatherDiff }) => gatherDiff(work.diff ?? {}, workspace, context)),
    hasFiles ? loadFiles().then(({ gatherFiles }) => gatherFiles(work, workspace, context)) : undefined,
  ])
  const { stdin: piped, kind: called } = work
  const stdin = piped === undefined ? undefined : await (await loadStdin()).gatherStdin(piped, called, context)
  const parts: Part[] = [diff, files, stdin].filter((part) => part !== undefined)
  const kind: ScopeKind = files ? 'files' : stdin ? 'stdin' : 'prompt'
  return {
    scope: diff?.scope ?? { kind, base: null },
    units: parts.flatMap((part) => part.units),
    skipped: parts.flatMap((part) => part.skipped),
    diff: (diff?.diff ?? '') + (stdin?.diff ?? ''),
    branch,
    rules: diff?.rules,
    warnings: parts.flatMap((part) => part.warnings ?? []),
  }
}
