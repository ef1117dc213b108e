import type { NotReviewed, Unit } from '../input/unit.ts'
import type { Worked } from '../tasks/work.ts'
import type { Report } from './report.ts'

type Range = { path: string; startLine: number; endLine: number }

/** What was reviewed and what was not. Together they are the whole input. */
export type Coverage = Pick<Report, 'reviewed' | 'notReviewed'> & { parts: NonNullable<Report['parts']> }

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
  const missing = [...skipped.filter((part) => part.gap), ...gaps].length
  const asked = [...worked.results.map(({ job }) => job), ...worked.left]
  const of = asked.reduce((sum, { units }) => sum + units.length, missing)
  return {
    parts: { reviewed: done.length, of },
    reviewed: joined(done),
    notReviewed: [...skipped.map(withGap), ...[...gaps, ...failed, ...left].map((part) => ({ ...part, gap: true }))],
  }
}

/** How many parts were reviewed, and of how many that should have been. Reports of earlier versions know only ranges. */
export function countParts({ parts, reviewed, notReviewed }: Report): { reviewed: number; of: number } {
  return parts ?? { reviewed: reviewed.length, of: reviewed.length + notReviewed.filter((part) => part.gap).length }
}

/** A part that gathering left out: by rule, unless it says that it is a gap. */
export function withGap(part: NotReviewed): Report['notReviewed'][number] {
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
