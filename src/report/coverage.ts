import type { NotReviewed, Unit } from '../input/unit.ts'
import type { Worked } from '../tasks/work.ts'
import type { Report } from './report.ts'

type Range = { path: string; startLine: number; endLine: number }

/** What was reviewed and what was not. Together they are the whole input. */
export type Coverage = Pick<Report, 'reviewed' | 'notReviewed'>

/** `skipped` was left out by rule. Everything else that is missing was left out because of a limit or a failure. */
export function coverageOf(
  skipped: readonly NotReviewed[],
  gaps: readonly NotReviewed[],
  worked: Worked,
  leftReason: string,
): Coverage {
  const done = worked.results.filter((result) => result.ok).flatMap((result) => result.job.units.map(rangeOf))
  const failed = worked.results
    .filter((result) => !result.ok)
    .flatMap((result) =>
      joined(result.job.units.map(rangeOf)).map((range) => ({
        ...range,
        reason: result.problem ?? 'no usable answer',
      })),
    )
  const left = joined(worked.left.flatMap((job) => job.units.map(rangeOf))).map((range) => ({
    ...range,
    reason: leftReason,
  }))
  return {
    reviewed: joined(done),
    notReviewed: [...skipped.map(withGap), ...[...gaps, ...failed, ...left].map((part) => ({ ...part, gap: true }))],
  }
}

/** A part that gathering left out: by rule, unless it says that it is a gap. */
export function withGap(part: NotReviewed): Coverage['notReviewed'][number] {
  const { beside: _, ...rest } = part
  return { ...rest, gap: part.gap ?? false }
}

function rangeOf({ path, startLine, endLine }: Unit): Range {
  return { path, startLine, endLine }
}

/** Joins neighbouring and overlapping ranges of each path, in order. */
function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = []
  const sorted = [...ranges].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.startLine - b.startLine))
  for (const range of sorted) {
    const last = result.at(-1)
    if (last?.path === range.path && range.startLine <= last.endLine + 1)
      last.endLine = Math.max(last.endLine, range.endLine)
    else result.push({ ...range })
  }
  return result
}
