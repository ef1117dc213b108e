import type { Finding } from '../tasks/findings/finding.ts'
import { severities } from '../tasks/findings/severity.ts'
import { escapeLine, escapeText } from '../text/escape.ts'
import { coverageLine } from './markdown.ts'
import type { Report } from './report.ts'

/** GitHub shows so many annotations of one kind per step, and drops the others without a word. */
const shownPerKind = 10

const kinds = { critical: 'error', high: 'error', medium: 'warning', low: 'notice', info: 'notice' } as const

/**
 * Workflow commands: each finding an annotation at its line, the gravest first; then, as plain lines of the log, what
 * GitHub would drop, and what was and was not reviewed.
 */
export function github(report: Report): string {
  const findings = [...(report.findings ?? [])].sort(bySeverity)
  const shown: string[] = []
  const left: string[] = []
  const counts = { error: 0, warning: 0, notice: 0 }
  for (const finding of findings) {
    const kind = kinds[finding.severity]
    counts[kind] += 1
    if (counts[kind] <= shownPerKind) shown.push(command(kind, finding))
    else left.push(logLine(`${finding.severity} ${finding.path}:${finding.startLine} ${finding.title}`))
  }
  const note = left.length === 0 ? [] : [logLine(`${left.length} more than GitHub shows as annotations:`)]
  return `${[...shown, ...note, ...left, logLine(coverageLine(report, escapeLine))].join('\n')}\n`
}

function bySeverity(a: Finding, b: Finding): number {
  return severities.indexOf(a.severity) - severities.indexOf(b.severity)
}

function command(kind: string, finding: Finding): string {
  const { path, startLine, endLine, title, rule } = finding
  const properties = Object.entries({
    file: path,
    line: String(Math.max(1, startLine)),
    endLine: String(Math.max(1, startLine, endLine)),
    title: `${title} (${rule})`,
  }).map(([name, value]) => `${name}=${escapeProperty(value)}`)
  return `::${kind} ${properties.join(',')}::${escapeData(messageOf(finding))}`
}

function messageOf({ message, trigger, quote, suggestion }: Finding): string {
  const parts = [
    message,
    ...(trigger === '' ? [] : [`When: ${trigger}`]),
    ...(quote === '' ? [] : [`Line: ${quote.trim()}`]),
    ...(suggestion === undefined ? [] : [`Instead: ${suggestion}`]),
  ]
  return parts.join('\n')
}

/** As actions/toolkit escapes them (packages/core/src/command.ts). */
function escapeData(text: string): string {
  return escapeText(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** A line that the runner takes for text: it neither starts with `::` nor holds `##[`. */
function logLine(text: string): string {
  return `local-brain: ${escapeLine(text).replaceAll('##[', '## [')}`
}
