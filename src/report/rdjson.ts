import type { Finding } from '../tasks/findings/finding.ts'
import { escapeText, safeJson } from '../text/escape.ts'
import { markdownLine, markdownProse } from '../text/neutral-markdown.ts'
import { quotedAs } from './about-finding.ts'
import { changeOf } from './markdown.ts'
import type { Report } from './report.ts'

const severity = { critical: 'ERROR', high: 'ERROR', medium: 'WARNING', low: 'INFO', info: 'INFO' } as const

/** The one place for a word about the whole report. Reviewdog shows it above each comment. */
function sourceOf(report: Report) {
  const change = changeOf(report)
  const name = change === undefined ? 'local-brain' : `local-brain (${change} changes)`
  return { name, url: 'https://www.npmjs.com/package/local-brain' }
}

/** Reviewdog's diagnostics (`reviewdog -f=rdjson`). They are about whole lines and have no columns. */
export function rdjson(report: Report): string {
  const diagnostics = (report.findings ?? []).map(diagnostic)
  return `${safeJson({ source: sourceOf(report), diagnostics: [...diagnostics, ...moreThanShown(report)] })}\n`
}

/** The format has no place for anything but diagnostics, so the number of those left out is put into the last one. */
function moreThanShown({ findings, dropped: { capped } }: Report) {
  const last = findings?.at(-1)
  if (last === undefined || capped === 0) return []
  const { location } = diagnostic(last)
  return [{ message: `More findings, not shown: ${capped}`, location, severity: 'INFO' as const }]
}

function diagnostic(finding: Finding) {
  const line = Math.max(1, finding.startLine)
  return {
    message: messageOf(finding),
    location: {
      path: finding.path,
      range: { start: { line }, end: { line: Math.max(line, finding.endLine) } },
    },
    severity: severity[finding.severity],
    code: { value: finding.rule },
    original_output: escapeText(finding.quote),
  }
}

/** Reviewdog posts this as Markdown. A suggestion is only text, since it may not replace the whole lines. */
function messageOf(finding: Finding): string {
  const { title, message, trigger, suggestion, side, quote } = finding
  const parts = [
    `${markdownProse(title)}. ${markdownProse(message)}`,
    ...(trigger === '' ? [] : [`When: ${markdownProse(trigger)}`]),
    ...(side === 'old' ? [`${quotedAs(finding)}: ${markdownLine(quote.trim())}`] : []),
    ...(suggestion === null ? [] : [`Instead: ${markdownLine(suggestion)}`]),
  ]
  return parts.join('\n\n')
}
