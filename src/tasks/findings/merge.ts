import type { Finding } from './finding.ts'
import { severities } from '../../skills/severity.ts'
import { type Dropped, noneDropped } from './dropped.ts'
import type { UnitReview } from '../task.ts'

/** How many of a model's findings are reported by default: longer lists are not read. */
const usual = { perRun: 10, perFile: 3 }

/** Someone who asks for more than the usual number does not want a selection by file either. */
function capsFor(maxFindings = usual.perRun): typeof usual {
  const perRun = maxFindings === 0 ? Number.POSITIVE_INFINITY : maxFindings
  return { perRun, perFile: perRun > usual.perRun ? perRun : usual.perFile }
}

export type MergeOptions = {
  /** From the deterministic checks: they stand first, and no cap and no finding of a model displaces them. */
  checks?: readonly Finding[]
  hides?: (finding: Finding) => boolean
  /** Of the model's; 0 is all. */
  maxFindings?: number | undefined
}

export type MergedReviews = { findings: Finding[]; dropped: Dropped }

/** Findings of all units as one list: duplicates merged, the gravest first, capped; everything dropped is counted. */
export function mergeReviews(
  reviews: readonly UnitReview[],
  { checks = [], hides = () => false, maxFindings }: MergeOptions = {},
): MergedReviews {
  const dropped = reviews.map((review) => review.dropped).reduce(sum, noneDropped())
  const kept: Finding[] = []
  for (const finding of checks) {
    if (hides(finding)) dropped.suppressed += 1
    else kept.push(finding)
  }
  const certain = kept.length
  const { perRun, perFile } = capsFor(maxFindings)
  for (const finding of reviews.flatMap((review) => review.findings).sort(byWeight)) {
    const same = kept.findIndex((other) => covers(other, finding))
    const known = kept[same]
    if (known !== undefined) {
      dropped.duplicate += 1
      if (same >= certain && isSurer(finding, known) && !hides(finding)) kept[same] = finding
    } else if (hides(finding)) dropped.suppressed += 1
    else if (kept.length - certain >= perRun || ofPath(kept.slice(certain), finding.path) >= perFile)
      dropped.capped += 1
    else kept.push(finding)
  }
  return { findings: kept.sort(byWeight), dropped }
}

function ofPath(findings: readonly Finding[], path: string): number {
  return findings.filter((finding) => finding.path === path).length
}

function sum(left: Dropped, right: Dropped): Dropped {
  return {
    ungrounded: left.ungrounded + right.ungrounded,
    refuted: left.refuted + right.refuted,
    duplicate: left.duplicate + right.duplicate,
    suppressed: left.suppressed + right.suppressed,
    capped: left.capped + right.capped,
  }
}

/** True when `kept` says what `other` says, and does not play it down: a line may be wrong in two ways. */
function covers(kept: Finding, other: Finding): boolean {
  if (kept.path !== other.path || rank(kept) > rank(other)) return false
  if (kept.id === other.id || (kept.quote === other.quote && kept.startLine === other.startLine)) return true
  return kept.category === other.category && kept.startLine <= other.endLine && other.startLine <= kept.endLine
}

/** True for a finding that is as grave as another, and more certain. */
export function isSurer(finding: Finding, other: Finding): boolean {
  return rank(finding) === rank(other) && certainty[finding.confidence] > certainty[other.confidence]
}

const certainty: Readonly<Record<Finding['confidence'], number>> = { high: 2, medium: 1, low: 0 }

function rank(finding: Finding): number {
  return severities.indexOf(finding.severity)
}

function byWeight(a: Finding, b: Finding): number {
  const weight = rank(a) - rank(b)
  return weight || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.startLine - b.startLine)
}
