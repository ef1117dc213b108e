import type { Finding } from '../findings/finding.ts'
import { escapeLine, escapeText } from './escape.ts'
import { notReviewedPart } from './markdown.ts'
import type { Report } from './report.ts'

/** An agent that reads it pays for every character. */
const longest = 8000
const longestQuote = 160

/** For another agent: first line the verdict, one line per finding with its quote, what was not reviewed. */
export function compact(report: Report): string {
  const gaps = report.notReviewed.map((part) => `not reviewed: ${notReviewedPart(part)}`)
  const lines = [
    verdict(report),
    ...(report.findings === null ? [escapeText(report.answer).trim()] : report.findings.map(line)),
    ...gaps,
  ]
  return `${clipLines(lines)}\n`
}

function verdict(report: Report): string {
  const { model, scope, usage, skill, findings, reviewed, notReviewed } = report
  const what = findings === null ? report.stop : `${findings.length} finding${findings.length === 1 ? '' : 's'}`
  const parts = reviewed.length + notReviewed.filter((part) => part.gap).length
  const coverage = parts === 0 ? '' : `, ${reviewed.length}/${parts} parts reviewed`
  const seconds = Math.round(usage.totalMs / 1000)
  return `local-brain ${skill}: ${what}${coverage}, model=${model?.name ?? 'none'}, ${seconds}s, scope=${scope.kind}`
}

function line(finding: Finding): string {
  const quote = escapeLine(finding.quote.trim()).slice(0, longestQuote)
  const state = finding.verified ? 'verified' : 'unverified'
  const when = finding.trigger === '' ? '' : ` | when: ${escapeLine(finding.trigger)}`
  return `${finding.severity} ${finding.rule} ${escapeLine(finding.path)}:${finding.startLine} [${finding.anchor},${state}] ${escapeLine(finding.title)} | q: \`${quote}\`${when}`
}

function clipLines(lines: readonly string[]): string {
  const kept: string[] = []
  let used = 0
  for (const [at, text] of lines.entries()) {
    const rest = `… ${lines.length - at} more lines: local-brain last --format json`
    if (used + text.length + 1 > longest - rest.length - 1) {
      const room = longest - used - rest.length - 2
      if (kept.length <= 1 && room > 200) kept.push(text.slice(0, room))
      kept.push(rest)
      break
    }
    kept.push(text)
    used += text.length + 1
  }
  return kept.join('\n')
}
