import type { Report } from '../../report/report.ts'
import type { CaseClaim, CaseExpectation } from '../../skills/case.ts'
import type { Finding } from '../../tasks/findings/finding.ts'
import { severities } from '../../skills/severity.ts'

/** How an answer differs from what a case expects, one line for each difference. */
export function judge({ answer, findings }: Pick<Report, 'answer' | 'findings'>, expected: CaseExpectation): string[] {
  const { found, not_found: notFound, max_findings: most, says, says_not: saysNot } = expected
  const all = findings ?? []
  const isThere = (claim: CaseClaim) => all.some((finding) => fits(finding, claim))
  const hit = notFound.flatMap((claim) => all.filter((finding) => fits(finding, claim)).slice(0, 1))
  return [
    ...found.filter((claim) => !isThere(claim)).map((claim) => `not found: ${describeClaim(claim)}`),
    ...hit.map((finding) => `found, but must not be: ${describeFinding(finding)}`),
    ...(most !== undefined && all.length > most
      ? [`${all.length} findings, but at most ${most} are allowed: ${all.map(describeFinding).join('; ')}`]
      : []),
    ...says.filter((words) => !contains(answer, words)).map((words) => `not said: ${describeWords(words)}`),
    ...saysNot
      .filter((words) => contains(answer, words))
      .map((words) => `said, but must not be: ${describeWords(words)}`),
  ]
}

type Words = string | readonly string[]

function fits(finding: Finding, { path, line, defect, severity, says }: CaseClaim): boolean {
  const { title, message, trigger, quote, rule } = finding
  return (
    (path === undefined || finding.path === path) &&
    (line === undefined || (finding.startLine <= line && line <= finding.endLine)) &&
    (defect === undefined || rule === defect || rule.endsWith(`/${defect}`)) &&
    (severity === undefined || severities.indexOf(finding.severity) <= severities.indexOf(severity)) &&
    says.every((words) => contains([title, message, trigger, quote].join('\n'), words))
  )
}

/** In any case, and across line ends: a model breaks lines where it likes. */
function contains(answer: string, words: Words): boolean {
  const told = plain(answer)
  return [words].flat().some((one) => told.includes(plain(one)))
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/\s+/g, ' ').trim()
}

function describeWords(words: Words): string {
  return [words]
    .flat()
    .map((one) => JSON.stringify(one))
    .join(' or ')
}

function describeClaim({ path, line, defect, severity, says }: CaseClaim): string {
  const place = [path ?? [], line ?? []].flat().join(':')
  return [
    defect ?? 'a finding',
    ...(severity === undefined ? [] : [`of at least ${severity}`]),
    ...(place === '' ? [] : [path === undefined ? `in line ${place}` : `at ${place}`]),
    ...says.map((words) => `that says ${describeWords(words)}`),
  ].join(' ')
}

function describeFinding({ rule, path, startLine, title }: Finding): string {
  return `${rule} at ${path}:${startLine}, ${JSON.stringify(title)}`
}
