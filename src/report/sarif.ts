import type { Finding } from '../tasks/findings/finding.ts'
import { type Severity, severities } from '../skills/severity.ts'
import { escapeProse, escapeText, safeJson } from '../text/escape.ts'
import { quotedAs } from './about-finding.ts'
import { notReviewedPart } from './markdown.ts'
import type { Report } from './report.ts'

/** GitHub's limits on the results of one run and the characters of a description. */
const maxResults = 5000
const maxDescription = 1000

const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note', info: 'note' } as const

/** GitHub sorts security alerts by this number, 0 to 10. */
const scores: Record<Severity, string> = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0', info: '1.0' }

/** SARIF 2.1.0 that GitHub code scanning accepts: every result has a location, every URI is relative. */
export function sarif(report: Report): string {
  const findings = (report.findings ?? []).slice(0, maxResults)
  const rules = rulesOf(findings, new Map(report.rules?.map(({ id, description }) => [id, description])))
  const ids = rules.map((rule) => rule.id)
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'local-brain',
            version: report.tool.version,
            semanticVersion: report.tool.version,
            informationUri: 'https://www.npmjs.com/package/local-brain',
            rules,
          },
        },
        automationDetails: { id: `local-brain/${encodeURIComponent(report.skill)}/` },
        invocations: [invocationOf(report)],
        columnKind: 'utf16CodeUnits',
        properties: { scope: report.scope.kind },
        results: findings.map((finding) => resultOf(finding, ids.indexOf(finding.rule))),
      },
    ],
  }
  return `${safeJson(log)}\n`
}

/** `own`: what the kinds of a skill are, by rule. */
function rulesOf(findings: readonly Finding[], own: ReadonlyMap<string, string>) {
  return [...new Set(findings.map((finding) => finding.rule))].map((rule) => {
    const ofRule = findings.filter((finding) => finding.rule === rule)
    const worst = severities.find((severity) => ofRule.some((finding) => finding.severity === severity)) ?? 'info'
    const [category = '', name = ''] = rule.split('/')
    const sure = ofRule.every((finding) => finding.confidence === 'high')
    const described = own.get(rule)
    const text = described ?? `${name.replaceAll('-', ' ')} (${category.replaceAll('-', ' ')})`
    return {
      id: rule,
      name: pascal(name),
      shortDescription: { text: clipped(text) },
      fullDescription: {
        text: clipped(described ?? `A possible defect of the kind "${name}", category "${category}".`),
      },
      help: {
        text: `Found by a local model or a deterministic check. Confirm it at the quoted line before you act on it.`,
      },
      defaultConfiguration: { level: levels[worst] },
      properties: {
        tags: [category],
        precision: sure ? 'high' : 'medium',
        'problem.severity': levels[worst] === 'note' ? 'recommendation' : levels[worst],
        'security-severity': category === 'security' ? scores[worst] : undefined,
      },
    }
  })
}

function resultOf(finding: Finding, ruleIndex: number) {
  const { rule, severity, confidence, verified, anchor, side, startLine, endLine, quote } = finding
  const start = Math.max(1, startLine)
  return {
    ruleId: rule,
    ruleIndex,
    level: levels[severity],
    message: { text: messageOf(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: relativeUri(finding.path) },
          region: {
            startLine: start,
            endLine: Math.max(start, endLine),
            // A removed line is not in the file any more.
            snippet: quote === '' || side === 'old' ? undefined : { text: escapeText(quote) },
          },
        },
      },
    ],
    // Not primaryLocationLineHash: GitHub computes that from the file.
    partialFingerprints: { 'localBrain/v1': finding.id },
    properties: { severity, confidence, verified, anchor, new: finding.new },
  }
}

function messageOf(finding: Finding): string {
  const { title, message, trigger, suggestion, side, quote } = finding
  const parts = [
    escapeProse(`${title}. ${message}`),
    ...(trigger === '' ? [] : [`When: ${escapeProse(trigger)}`]),
    ...(side === 'old' ? [`${quotedAs(finding)}: ${escapeText(quote.trim())}`] : []),
    ...(suggestion === null ? [] : [`Instead: ${escapeText(suggestion)}`]),
  ]
  return withoutLinks(parts.join('\n'))
}

/** Even plain text in SARIF can have links, `[words](target)`, so a bracket that would end their words is escaped. */
function withoutLinks(text: string): string {
  return text.replace(/(?<!\\)(\\*)\](?=\()/g, (_, before: string) => `${before}${before}\\]`)
}

/** Notifies about parts that were not reviewed, so that having no results there does not look like approval. */
function invocationOf(report: Report) {
  const left = report.dropped.capped + Math.max(0, (report.findings?.length ?? 0) - maxResults)
  return {
    executionSuccessful: report.error === undefined && !report.notReviewed.some((part) => part.gap),
    exitCode: report.exitCode,
    toolExecutionNotifications: [
      ...(left > 0 ? [{ level: 'note', message: { text: `More findings, not shown: ${left}` } }] : []),
      ...report.notReviewed.map((part) => ({
        level: part.gap ? 'warning' : 'note',
        message: { text: withoutLinks(`Not reviewed: ${notReviewedPart(part)}`) },
      })),
    ],
  }
}

/** A path as a relative URI: no scheme, no leading slash, special characters encoded. */
function relativeUri(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..')
  return parts.map((part) => encodeURIComponent(part.replace(/\p{Surrogate}/gu, '\ufffd'))).join('/')
}

function pascal(name: string): string {
  return name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function clipped(text: string): string {
  return text.slice(0, maxDescription)
}
