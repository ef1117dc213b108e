import type { Finding } from '../tasks/findings/finding.ts'
import { severities } from '../skills/severity.ts'
import { escapeLine, escapeProse, escapeText } from '../text/escape.ts'
import { neutralCommands } from '../text/log-commands.ts'
import { quotedAs } from './about-finding.ts'
import { coverageLine } from './markdown.ts'
import type { Report } from './report.ts'

/** GitHub shows this many annotations of one kind for each step and drops the others silently. */
const maxPerKind = 10

const kinds = { critical: 'error', high: 'error', medium: 'warning', low: 'notice', info: 'notice' } as const

/**
 * Workflow commands that annotate the line of each finding, the most severe first. Then, as plain lines of the log, the
 * findings that GitHub would drop, and what was and was not reviewed.
 */
export function github(report: Report): string {
  const findings = [...(report.findings ?? [])].sort(bySeverity)
  const shown: string[] = []
  const left: string[] = []
  const counts = { error: 0, warning: 0, notice: 0 }
  for (const finding of findings) {
    const kind = kinds[finding.severity]
    counts[kind] += 1
    if (counts[kind] <= maxPerKind) shown.push(command(kind, finding))
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
  }).map(([name, value]) => `${name}=${escapeProperty(escapeText(value))}`)
  properties.push(`title=${escapeProperty(escapeProse(`${title} (${rule})`))}`)
  // The other form counts only in lines that are no command, but a log may be read by more than GitHub's runner.
  return `::${kind} ${neutralCommands(`${properties.join(',')}::${escapeData(messageOf(finding))}`)}`
}

function messageOf(finding: Finding): string {
  const { message, trigger, quote, suggestion } = finding
  const parts = [
    escapeProse(message),
    ...(trigger === '' ? [] : [`When: ${escapeProse(trigger)}`]),
    ...(quote === '' ? [] : [`${quotedAs(finding)}: ${escapeText(quote.trim())}`]),
    ...(suggestion === null ? [] : [`Instead: ${escapeText(suggestion)}`]),
  ]
  return parts.join('\n')
}

/** Escapes like actions/toolkit (packages/core/src/command.ts). */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** A line that the runner does not take for a command. */
function logLine(text: string): string {
  return neutralCommands(`local-brain: ${escapeLine(text)}`)
}
