import type { Finding } from '../tasks/findings/finding.ts'
import { escapeText, safeJson } from '../text/escape.ts'
import { markdownLine } from '../text/neutral-markdown.ts'
import type { Report } from './report.ts'

const severity = { critical: 'ERROR', high: 'ERROR', medium: 'WARNING', low: 'INFO', info: 'INFO' } as const

const source = { name: 'local-brain', url: 'https://www.npmjs.com/package/local-brain' }

/** Reviewdog's diagnostics (`reviewdog -f=rdjson`). They are about whole lines and have no columns. */
export function rdjson(report: Report): string {
  return `${safeJson({ source, diagnostics: (report.findings ?? []).map(diagnostic) })}\n`
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
function messageOf({ title, message, trigger, suggestion }: Finding): string {
  const parts = [
    `${markdownLine(title)}. ${markdownLine(message)}`,
    ...(trigger === '' ? [] : [`When: ${markdownLine(trigger)}`]),
    ...(suggestion === undefined ? [] : [`Instead: ${markdownLine(suggestion)}`]),
  ]
  return parts.join('\n\n')
}
