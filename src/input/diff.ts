import { posix } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { grammarOf, languageOf } from '../syntax/language.ts'
import { loadReader } from '../syntax/parse.ts'
import type { Grammar } from '../syntax/tags.ts'
import { createSweep, keepYoungSmall } from '../v8.ts'
import { relativeTo } from '../workspace/confine.ts'
import { type Git, withSignal } from '../workspace/git/git.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { textsBefore } from './before.ts'
import { bytesOfChange, sourceOfChanges } from './collect.ts'
import { type Chosen, chooseChanges } from './diff-choose.ts'
import { type DiffRange, findSince, findUncommitted } from './diff-range.ts'
import type { Diff } from './diff-read.ts'
import { textsOf } from './diff-texts.ts'
import { byRisk, rankOfChange } from './order.ts'
import { findReviewRules } from './review-rules.ts'
import type { GatherContext, Gathered, NotReviewed, Source, Work } from './unit.ts'

/** Changes past which the space for new objects is kept small. */
const manyChanges = 1000

/**
 * The changes of a repository: uncommitted ones, or those since the merge base with `base`. What they are is found out
 * here; each is divided when it is its turn.
 */
export async function findDiff(
  { base, head, only }: NonNullable<Work['diff']>,
  workspace: Workspace,
  context: GatherContext,
): Promise<Source & Pick<Gathered, 'scope' | 'rules'>> {
  // guard: no-repository
  if (!workspace.git) {
    throw new LocalBrainError('not-a-repository', `"${workspace.root}" is not in a git repository`, {
      hint: 'local-brain -f <file>, or --root <repository>',
    })
  }
  const git = withNotice(withSignal(workspace.git, context.signal), context.onFound)
  const range = await (base === undefined
    ? findUncommitted(git, workspace.view === 'index' ? 'staged' : only)
    : findSince(git, base, head))
  const { diff, warnings } = range
  if (diff.changes.length > manyChanges) keepYoungSmall()
  const sweep = createSweep()
  sweep()
  const prefix = relativeTo(git.top, workspace.root)
  const fromRoot = pathsFrom(prefix)
  const at = textsBefore(git)
  const { tree, revision } = sourceOfRules(range)
  const [{ chosen, leftOut }, rules] = await Promise.all([
    chooseChanges(diff.changes, at(range.before), prefix),
    // guard: rules-before
    context.rules ? findReviewRules(at(tree), revision) : undefined,
  ])
  sweep()
  const isBelow = ({ path }: NotReviewed) => prefix === '.' || path.startsWith(`${prefix}/`)
  const skipped = range.skipped.filter(isBelow).map((entry) => ({ ...entry, path: fromRoot(entry.path) }))
  const inOrder = byRisk(chosen, ({ change, apart }) => rankOfChange(change, apart ? undefined : linesIn(diff, change)))
  const texts = textsOf(diff, inOrder, { ...workspace, git })
  const wanted = chosen.map(({ change }) => {
    return { change, bytes: bytesOfChange(change, linesIn(diff, change), context.unitChars) }
  })
  const source = sourceOfChanges({ wanted, texts, leftOut, skipped, warnings }, { ...context, fromRoot })
  return { ...source, scope: { kind: range.kind, base: range.base }, rules }
}

/** The same git, which tells when the text of a change begins to come: until all of it is there nothing else is to be done. */
function withNotice(git: Git, onFound: GatherContext['onFound']): Git {
  const onOutput = (start: Uint8Array) => void loadAhead(grammarIn(start), onFound)
  return { ...git, bytes: (args, options) => git.bytes(args, { onOutput, ...options }) }
}

/** A grammar comes last: V8 takes none of the code that it was given after the parser has set a flag of its own. */
async function loadAhead(grammar: Grammar | undefined, onFound: GatherContext['onFound']): Promise<void> {
  await onFound?.()
  if (grammar !== undefined) await loadReader(grammar).catch(() => undefined)
}

/** The grammar of one of the first files of a list that ends each name with a zero. Data and prose need none. */
function grammarIn(list: Uint8Array): Grammar | undefined {
  const names = Buffer.from(list.subarray(0, 4096)).toString('latin1').split('\0')
  return names.map((name) => grammarOf(languageOf(name))).find((grammar) => grammar !== undefined)
}

/** A function of its own: one that is made beside the diff would keep all of it in memory. */
function pathsFrom(prefix: string): (path: string) => string {
  return (path) => posix.relative(prefix, path) + (path.endsWith('/') ? '/' : '')
}

/** What is not committed may have changed the index too. */
function sourceOfRules({ kind, base, before }: DiffRange): { tree: string; revision: string } {
  return kind === 'base' ? { tree: before, revision: base ?? before } : { tree: 'HEAD', revision: 'HEAD' }
}

/** The lines of a change, where the text of the diff was little enough to come with its list: in one hunk, mostly. */
function linesIn({ sections }: Diff, { path }: Chosen['change']) {
  const section = sections?.get(path)
  return section?.length === 1 ? section[0]?.lines : section?.flatMap(({ lines }) => lines)
}
