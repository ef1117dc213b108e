import type { Finding } from '../tasks/findings/finding.ts'
import { escapeLine, escapeProse, escapeText } from '../text/escape.ts'
import { markdownLine, markdownProse, neutralMarkdown } from '../text/neutral-markdown.ts'
import { isSentence, stateOf } from './about-finding.ts'
import { proposedLines } from './changes.ts'
import { countParts } from './coverage.ts'
import type { Report } from './report.ts'

/** The sections of a review. Each is always there. */
const headings: readonly [Finding['section'], string][] = [
  ['issue', 'Issues Found'],
  ['simplification', 'Simplifications'],
  ['consider-later', 'Consider Later'],
  ['observation', 'Other Observations'],
]

/** The answer. For findings: the four sections and a last line that says what was and what was not reviewed. */
export function markdown(report: Report): string {
  if (report.answerFormat === 'text') return plainAnswer(report)
  // Findings were escaped field by field when they were written as Markdown.
  // guard: neutral-answer
  return withClosing(report.findings === null ? neutralMarkdown(report.answer) : escapeProse(report.answer), report)
}

/** The same for what makes a screen of it, which escapes for that what it shows: an answer is as the model wrote it. */
export function screenMarkdown(report: Report): string {
  return report.findings === null ? withClosing(report.answer, report) : markdown(report)
}

function withClosing(answer: string, report: Report): string {
  const text = answer.trimEnd()
  return [text === '' ? '' : `${text}\n`, closing(report)].filter((part) => part !== '').join('\n')
}

/** The answer as it is, for another program; `closing` says the rest elsewhere. */
function plainAnswer({ answer }: Report): string {
  const text = escapeText(answer).trimEnd()
  return text === '' ? '' : `${text}\n`
}

/**
 * What follows an answer in prose: that it is incomplete, and what was not reviewed. Findings have their own last line,
 * and a run that had nothing to ask says so in its answer.
 */
export function closing(report: Report, word = markdownLine): string {
  const proposed = proposedLines(report, word)
  const changed = proposed.length > 0 ? proposed.join('\n') : undefined
  if (report.findings !== null) return changed === undefined ? '' : `${changed}\n`
  const half = incompleteLine(report, word)
  const coverage = report.notReviewed.length > 0 ? coverageLine(report, word) : undefined
  return [half, coverage, changed]
    .filter((part) => part !== undefined)
    .map((part) => `${part}\n`)
    .join('\n')
}

/** Says why an answer in prose is incomplete. Undefined if it is complete or there is no answer. */
export function incompleteLine(report: Report, word = markdownLine): string | undefined {
  const { findings, answer, stop, error, criteria } = report
  // A verdict says it itself.
  if (findings !== null || criteria !== undefined || answer.trim() === '') return undefined
  // A log or a file that can't be written takes nothing from the answer.
  const failure = error?.code === 'output' ? undefined : error
  const reason = broken[stop] ?? (failure && word(failure.message))
  return reason === undefined ? undefined : `[Incomplete: ${reason}]`
}

/** The stops that leave an answer incomplete. */
const broken: Partial<Record<Report['stop'], string>> = {
  time_limit: 'the time limit was reached',
  context_full: "the model's window is full",
  unusable: 'the answer was cut',
  interrupted: 'it was interrupted',
}

/** Findings as Markdown. */
export function findingsMarkdown(report: Report): string {
  const findings = report.findings ?? []
  const sections = headings.map(([section, title]) => {
    const items = findings.filter((finding) => finding.section === section).map(item)
    return `## ${title}\n\n${items.length === 0 ? 'None.' : items.join('\n')}`
  })
  return `${sections.join('\n\n')}\n\n${coverageLine(report)}`
}

function item(finding: Finding): string {
  const place = `${markdownLine(finding.path)}:${finding.startLine}`
  const state = escapeLine(stateOf(finding).join(', '))
  const lines = [
    `- **${finding.severity}** ${place} ${markdownProse(finding.title)} (${state})`,
    ...(finding.quote === '' ? [] : fenced(finding.quote.split('\n').map((line) => `  ${line.trim()}`))),
    `  ${markdownProse(finding.message)}`,
  ]
  if (finding.trigger !== '') lines.push(`  When: ${markdownProse(finding.trigger)}`)
  return [...lines, ...suggested(finding)].join('\n')
}

function suggested({ suggestion }: Finding): string[] {
  if (suggestion === null) return []
  if (isSentence(suggestion)) return [`  Instead: ${markdownProse(suggestion)}`]
  return ['  Instead:', ...fenced(suggestion.split('\n').map((line) => `  ${line}`))]
}

/** A fence longer than any run of backticks inside. */
function fenced(lines: readonly string[]): string[] {
  const text = escapeText(lines.join('\n'))
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2)
  const fence = `  ${'`'.repeat(longest + 1)}`
  return [fence, text, fence]
}

const maxNamed = 10

/**
 * One line that says what was reviewed, what was not and why, and what was hidden. It never approves of the code. `word`
 * escapes a name or a reason for the text around it.
 */
export function coverageLine(report: Report, word = markdownLine): string {
  const files = new Set(report.reviewed.map((part) => part.path)).size
  const { suppressed, capped } = report.dropped
  const change = changeOf(report)
  const counts = [
    ...droppedSentence(report),
    ...(suppressed > 0 ? [`Hidden by comments or the baseline: ${suppressed}`] : []),
    ...(capped > 0 ? [`More findings, not shown: ${capped}`] : []),
  ]
  const sentences = [
    ...(change === undefined ? [] : [`Scope: the ${change} changes`]),
    `Reviewed: ${count(files, 'file')}, ${count(countParts(report).reviewed, 'part')}`,
    `Not reviewed: ${notReviewed(report, word)}`,
    ...(report.notReviewed.some(({ reason }) => reason === 'not staged')
      ? ['Only the staged changes were looked at']
      : []),
    ...rulesSentence(report, word),
    ...counts,
  ]
  return sentences.join('. ')
}

/** Which of git's two kinds of uncommitted changes was looked at; undefined for other input. */
export function changeOf({ scope }: Pick<Report, 'scope'>): 'staged' | 'unstaged' | undefined {
  return scope.kind === 'staged' || scope.kind === 'unstaged' ? scope.kind : undefined
}

/** Says which rules of the project counted. Empty if there were none. */
export function rulesSentence({ projectRules: rules }: Report, word: (text: string) => string): string[] {
  if (rules === undefined) return []
  const end = rules.clipped ? ', as far as it is not too long' : ''
  return [`Rules of the project: ${word(rules.path)} as of ${word(rules.revision)}${end}`]
}

/** Says how many of the model's findings were dropped and why. Empty if none were. */
export function droppedSentence({ dropped: { ungrounded, refuted } }: Report): string[] {
  const count = ungrounded + refuted
  if (count === 0) return []
  const reasons = [
    ...(ungrounded > 0 ? [`${ungrounded} that the input does not bear out`] : []),
    ...(refuted > 0 ? [`${refuted} that a second look did not confirm`] : []),
  ]
  if (count > 1) return [`${count} findings were dropped: ${reasons.join(', ')}`]
  return [
    `1 finding was dropped: ${ungrounded > 0 ? 'the input does not bear it out' : 'a second look did not confirm it'}`,
  ]
}

function notReviewed(report: Report, word: typeof escapeLine): string {
  return report.notReviewed.length === 0 ? 'nothing' : namedParts(report.notReviewed, word)
}

/** The first of them with their reasons, and how many more there are. */
export function namedParts(parts: readonly Part[], word = markdownLine): string {
  const named = parts.slice(0, maxNamed).map((part) => notReviewedPart(part, word))
  const more = parts.length - named.length
  return `${named.join('; ')}${more > 0 ? `; and ${more} more (--format json names all)` : ''}`
}

type Part = Omit<Report['notReviewed'][number], 'gap'>

export function notReviewedPart(part: Part, word = escapeLine): string {
  const lines = part.startLine === undefined ? '' : `:${part.startLine}-${part.endLine ?? part.startLine}`
  return `${word(part.path)}${lines} (${word(part.reason)})`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
