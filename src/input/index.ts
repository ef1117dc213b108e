import { isError } from '../errors.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { GatherContext, Gathered, Gathering, ScopeKind, Source, Unit, Work } from './unit.ts'

/** Few runs need more than one of them, and a question by itself none. */
const loadDiff = () => import('./diff.ts')
const loadFiles = () => import('./files.ts')
const loadStdin = () => import('./stdin.ts')

/**
 * What a person named → what is looked at and what is not, with reasons. Finds out what there is and in which order it
 * is to be read; the reading comes later, as it is asked for. Sources add up: the first of diff, files and standard input
 * gives the scope its name. Rejects with LocalBrainError 'missing-file', 'unreadable-file', 'not-a-repository' or
 * 'unknown-revision'.
 */
export async function gather(work: Work, workspace: Workspace, context: GatherContext): Promise<Gathering> {
  const hasFiles = work.files.length > 0 || work.dir !== undefined || work.pattern !== undefined
  if (!hasFiles && work.diff === undefined) void context.onFound?.()
  const [branch, diff, files] = await Promise.all([
    context.branch === false ? '' : (workspace.git?.branch() ?? ''),
    work.diff && loadDiff().then(({ findDiff }) => findDiff(work.diff ?? {}, workspace, context)),
    hasFiles ? loadFiles().then(({ findWork }) => findWork(work, workspace, context)) : undefined,
  ])
  const { stdin: piped, kind: called } = work
  const stdin = piped === undefined ? undefined : await (await loadStdin()).pipedSource(piped, called, context)
  const kind: ScopeKind = files ? 'files' : stdin ? 'stdin' : 'prompt'
  const sources = [diff, files, stdin].filter((source) => source !== undefined)
  const scope = diff?.scope ?? { kind, base: null }
  return gatheringOf(sources, { scope, branch, rules: diff?.rules, signal: context.signal })
}

type Known = Pick<Gathered, 'scope' | 'branch' | 'rules'> & Pick<GatherContext, 'signal'>

function gatheringOf(sources: readonly Source[], { scope, branch, rules, signal }: Known): Gathering {
  const units: Unit[] = []
  const failed = new Set<Source>()
  const reading = readAll(sources, (source, error) => {
    if (!isError(error) || signal?.aborted) throw error
    for (const { path } of source.unread()) source.skipped.push({ path, reason: error.message, gap: true })
    failed.add(source)
  })
  return {
    gathered: {
      scope,
      units,
      get skipped() {
        return sources.flatMap((source) => source.skipped)
      },
      get diff() {
        return sources.map((source) => source.diff()).join('')
      },
      branch,
      rules,
      get warnings() {
        return sources.flatMap((source) => source.warnings)
      },
    },
    async more() {
      const { done, value = [] } = await reading.next()
      units.push(...value)
      return !done
    },
    *unread() {
      for (const source of sources) if (!failed.has(source)) yield* source.unread()
    },
  }
}

/** What of a source can't be read costs nothing of what can. */
async function* readAll(
  sources: readonly Source[],
  fail: (source: Source, error: unknown) => void,
): AsyncGenerator<Unit[], undefined> {
  for (const source of sources) {
    try {
      yield* source.read
    } catch (error) {
      fail(source, error)
    }
  }
}

/** Whether all of it was read. */
export function isRead({ unread }: Gathering): boolean {
  for (const _ of unread()) return false
  return true
}

/** Reads all that is left, and gives all of it. */
export async function readToEnd({ gathered, more }: Gathering): Promise<Gathered> {
  while (await more());
  return gathered
}
