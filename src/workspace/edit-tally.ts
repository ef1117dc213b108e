import type { Change, EditPolicy } from './edit-policy.ts'
import { parseGlob } from './glob.ts'
import { sensitivityOf } from './sensitive.ts'

/** A change that was not made yet. */
export type Draft = Change & {
  /** The two sides of a text; undefined where there is none, or where it is not a text. */
  before?: string
  after?: string
  /** The new text as reading the file will give it. */
  asRead?: string
  /** Why this is more than a change to text: something else runs or obeys the file. */
  sensitive?: string
  /** Which limit of this run the change would go beyond. */
  overLimit?: string
  commit(): Promise<Change>
}

type About = Pick<Draft, 'path' | 'kind' | 'from' | 'before' | 'after' | 'asRead'> & {
  /** The path once every link is followed. */
  real: string
}

/** Keeps count of what was changed, and makes one change at a time. */
export type Tally = {
  changes: Change[]
  draft(about: About, act: () => Promise<void>): Draft
  alone<T>(act: () => Promise<T>): Promise<T>
}

type Limits = { files: number; lines: number }

const usual: Limits = { files: 50, lines: 5000 }

export function createTally({ allowPaths = [], limits, onChange }: EditPolicy): Tally {
  const allowed = raised([], limits)
  const isExcepted = allowPaths.map((glob) => parseGlob(glob, true))
  const changes: Change[] = []
  let last: Promise<unknown> = Promise.resolve()
  return {
    changes,
    draft({ real, ...about }, act) {
      const { path, kind, from, before, after } = about
      const change: Change = {
        path,
        kind,
        from,
        ...countLines(kind === 'move' ? '' : before, kind === 'move' ? '' : after),
      }
      // guard: sensitive-asked
      const sensitive = [from ?? path, path, real]
        .filter((one) => !isExcepted.some((matches) => matches(one)))
        .map((one) => sensitivityOf(one, kind === 'move' ? undefined : before, after))
        .find((one) => one !== undefined)
      const beyond = overLimit([...changes, change], allowed)
      const commit = async () => {
        await act()
        changes.push(change)
        // Somebody allowed it, and is asked again after as much once more.
        if (beyond !== undefined) Object.assign(allowed, raised(changes, limits))
        onChange?.(change)
        return change
      }
      return { ...about, ...change, sensitive, overLimit: beyond, commit }
    },
    alone(act) {
      const next = last.then(act, act)
      last = next.catch(() => undefined)
      return next
    },
  }
}

/** As much as the limits allow beyond what was changed already. */
function raised(changes: readonly Change[], limits: EditPolicy['limits']): Limits {
  const { files, lines } = sizeOf(changes)
  return { files: files + (limits?.files ?? usual.files), lines: lines + (limits?.lines ?? usual.lines) }
}

function sizeOf(changes: readonly Change[]): Limits {
  const paths = changes.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]))
  const lines = changes.reduce((sum, { added, removed }) => sum + added + removed, 0)
  return { files: new Set(paths).size, lines }
}

function overLimit(changes: readonly Change[], { files, lines }: Limits): string | undefined {
  const size = sizeOf(changes)
  // guard: changed-files
  if (size.files > files) return `this run has changed ${files} files, which is its limit`
  // guard: changed-lines
  return size.lines > lines
    ? `this run would change more than ${lines.toLocaleString('en-US')} lines, which is its limit`
    : undefined
}

/** Lines that only one of two texts has, however they are ordered: what a diff says, but for lines that only move. */
function countLines(before = '', after = ''): { added: number; removed: number } {
  const counts = new Map<string, number>()
  for (const line of linesOf(before)) counts.set(line, (counts.get(line) ?? 0) - 1)
  for (const line of linesOf(after)) counts.set(line, (counts.get(line) ?? 0) + 1)
  let [added, removed] = [0, 0]
  for (const count of counts.values()) {
    if (count > 0) added += count
    else removed -= count
  }
  return { added, removed }
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}
