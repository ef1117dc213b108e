import { type Finding, severities } from './finding.ts'
import type { Dropped, UnitReview } from './review.ts'

/** More than this, and nobody reads any. */
const perFile = 3
const perRun = 10

/** Findings of all units as one list: duplicates merged, the gravest first, capped; everything dropped is counted. */
export function mergeReviews(reviews: readonly UnitReview[]): { findings: Finding[]; dropped: Dropped } {
  const dropped = reviews.map((review) => review.dropped).reduce(sum, nothing)
  const kept: Finding[] = []
  for (const finding of reviews.flatMap((review) => review.findings).sort(byWeight)) {
    if (kept.some((other) => sameFinding(other, finding))) dropped.duplicate += 1
    else if (kept.length >= perRun || kept.filter((other) => other.path === finding.path).length >= perFile)
      dropped.capped += 1
    else kept.push(finding)
  }
  return { findings: kept, dropped }
}

const nothing: Dropped = { ungrounded: 0, refuted: 0, duplicate: 0, suppressed: 0, capped: 0 }

function sum(left: Dropped, right: Dropped): Dropped {
  return {
    ungrounded: left.ungrounded + right.ungrounded,
    refuted: left.refuted + right.refuted,
    duplicate: left.duplicate + right.duplicate,
    suppressed: left.suppressed + right.suppressed,
    capped: left.capped + right.capped,
  }
}

function sameFinding(a: Finding, b: Finding): boolean {
  if (a.path !== b.path) return false
  if (a.id === b.id || (a.quote === b.quote && a.startLine === b.startLine)) return true
  return a.category === b.category && a.startLine <= b.endLine && b.startLine <= a.endLine
}

function byWeight(a: Finding, b: Finding): number {
  const weight = severities.indexOf(a.severity) - severities.indexOf(b.severity)
  return weight || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.startLine - b.startLine)
}
