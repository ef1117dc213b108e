import type { Finding } from '../tasks/findings/finding.ts'
import { clipLine } from '../text/clip.ts'
import { escapeLine, escapeProseLine, escapeText } from '../text/escape.ts'
import { neutralMarkdown } from '../text/neutral-markdown.ts'
import { checkLines } from './checks.ts'
import { countParts } from './coverage.ts'
import { droppedSentence, incompleteLine, notReviewedPart, rulesSentence } from './markdown.ts'
import type { Report } from './report.ts'

/** Characters. An agent that reads it pays for every one. */
const maxChars = 8000
const maxQuote = 160
const maxPath = 300
/** Parts to name for each reason. */
const maxNamed = 10
const restCommand = 'local-brain last --format json'

/** For another agent: the verdict, one line per finding with its quote, and what was not reviewed. */
export function compact(report: Report): string {
  const lines = [
    verdict(report),
    ...droppedSentence(report),
    ...(report.findings === null ? [answerOf(report)] : report.findings.map(line)),
    incompleteLine(report, escapeLine) ?? [],
    ...checkLines(report.checks ?? [], escapeLine).map((text) => `check ${text}`),
    ...rulesSentence(report, escapeLine),
    ...notReviewed(report),
  ].flat()
  return `${clipLines(lines)}\n`
}

function answerOf({ answer, answerFormat }: Report): string {
  return (answerFormat === 'text' ? escapeText(answer) : neutralMarkdown(answer)).trim()
}

/** Names the first few parts for each reason, so that parts with one reason don't crowd out the others. */
function notReviewed(report: Report): string[] {
  const groups = new Map<string, Report['notReviewed']>()
  for (const part of report.notReviewed) {
    const group = groups.get(part.reason)
    if (group === undefined) groups.set(part.reason, [part])
    else group.push(part)
  }
  return [...groups].flatMap(([reason, parts]) => {
    const named = parts.slice(0, maxNamed).map((part) => `not reviewed: ${notReviewedPart(part)}`)
    const more = parts.length - named.length
    return more > 0 ? [...named, `… ${more} more (${escapeLine(reason)}): ${restCommand}`] : named
  })
}

function verdict(report: Report): string {
  const { model, scope, usage, skill, findings, reviewed, notReviewed, dropped } = report
  const parts = countParts(report)
  const isNothing = findings?.length === 0 && reviewed.length === 0 && notReviewed.length > 0
  const facts = [
    findings === null ? report.stop : isNothing ? 'nothing was reviewed' : counted(findings),
    ...(dropped.capped > 0 ? [`${dropped.capped} more not shown`] : []),
    ...(parts.of === 0 || isNothing ? [] : [`${parts.reviewed}/${parts.of} parts reviewed`]),
    ...(dropped.suppressed > 0 ? [`${dropped.suppressed} hidden`] : []),
    `model=${escapeLine(model?.name ?? 'none')}`,
    `${Math.round(usage.totalMs / 1000)}s`,
    `scope=${scope.kind}`,
  ]
  return `local-brain ${escapeLine(skill)}: ${facts.join(', ')}`
}

function counted(findings: readonly Finding[]): string {
  const fresh = findings.filter((finding) => finding.new === true).length
  return `${findings.length} finding${findings.length === 1 ? '' : 's'}${fresh > 0 ? ` (${fresh} new)` : ''}`
}

function line(finding: Finding): string {
  const quote = clipLine(escapeLine(finding.quote.trim()), maxQuote)
  const state = [
    finding.anchor,
    finding.verified ? 'verified' : 'unverified',
    ...(finding.new === true ? ['new'] : []),
  ].join(',')
  const place = `${clipLine(escapeLine(finding.path), maxPath)}:${finding.startLine}`
  const why = finding.trigger === '' ? finding.message : finding.trigger
  return `${finding.severity} ${escapeLine(finding.rule)} ${place} [${state}] ${escapeProseLine(finding.title)} | q: \`${quote}\` | ${escapeProseLine(why)}`
}

/** As many lines as fit. If some do not, the last line says how many. */
function clipLines(lines: readonly string[]): string {
  const whole = lines.join('\n')
  if (whole.length < maxChars) return whole
  const kept: string[] = []
  let used = 0
  for (const [at, text] of lines.entries()) {
    const rest = `… ${lines.length - at} more: ${restCommand}`
    const room = maxChars - used - rest.length - 2
    if (text.length > room) {
      // Of one long answer, show at least the beginning.
      if (kept.length <= 1 && room > 200) kept.push(clipLine(text, room - 1))
      kept.push(rest)
      break
    }
    kept.push(text)
    used += text.length + 1
  }
  return kept.join('\n')
}
