import { keptLook, stateOf } from '../../report/about-finding.ts'
import { changeOf, closing, droppedSentence, rulesSentence } from '../../report/markdown.ts'
import { countParts } from '../../report/coverage.ts'
import type { Report } from '../../report/report.ts'
import { highlight } from '../../syntax/highlight.ts'
import { languageOf } from '../../syntax/language.ts'
import type { Finding } from '../../tasks/findings/finding.ts'
import { type Severity, severities } from '../../skills/severity.ts'
import { escapeLine, escapeProseLine } from '../../text/escape.ts'
import { clipWidth, displayWidth } from '../../text/width.ts'
import { wrapLine } from '../../text/wrap.ts'
import { paintCode } from './code-colours.ts'
import { type Paint, type Style, createPaint } from './terminal.ts'

export type Screen = {
  columns: number
  color: boolean
  /** False for a report that `last` does not know. */
  isKept?: boolean
  /** Names the speaker where others write to the same screen. */
  speaker?: string
}

/** Lines of one finding. */
const maxLines = 6
const indent = 4

const styles: Readonly<Record<Severity, readonly Style[]>> = {
  critical: ['bold', 'red'],
  high: ['red'],
  medium: ['yellow'],
  low: ['cyan'],
  info: ['dim'],
}

type Look = { columns: number; pens: Paint; paint: (text: string, ...styles: readonly Style[]) => string }

/**
 * The findings of a report for people at a terminal: one line that sums them up, then the findings of each file with
 * their code, the gravest first, and what was not reviewed. What is cut ends in `…`.
 */
export async function findingsOnScreen(
  report: Report,
  { columns, color, isKept = true, speaker }: Screen,
): Promise<string> {
  const pens = createPaint(color)
  const look: Look = { columns: Math.max(20, columns), pens, paint: painter(pens) }
  const files: Lines[] = []
  for (const [path, findings] of byFile(report.findings ?? [])) files.push(await fileLines(path, findings, look))
  const lines = files.map((file) => file.lines.join('\n'))
  const isCut = files.some((file) => file.isCut)
  const parts = [summary(report, look, speaker), ...lines, footer(report, { isCut, isKept }, look)]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function painter({ open, close }: Paint): Look['paint'] {
  return (text, ...some) => `${some.map(open).join('')}${text}${some.map(close).reverse().join('')}`
}

/** The files with the gravest findings first, and their findings in the order of severity, then of lines. */
function byFile(findings: readonly Finding[]): [path: string, findings: Finding[]][] {
  const files = new Map<string, Finding[]>()
  for (const finding of [...findings].sort(byWeight)) {
    files.set(finding.path, [...(files.get(finding.path) ?? []), finding])
  }
  return [...files]
}

function byWeight(a: Finding, b: Finding): number {
  const weight = severities.indexOf(a.severity) - severities.indexOf(b.severity)
  if (weight !== 0) return weight
  return a.path === b.path ? a.startLine - b.startLine : a.path < b.path ? -1 : 1
}

function summary(report: Report, { columns, paint }: Look, speaker: string | undefined): string {
  const { model, usage, reviewed, findings } = report
  const change = changeOf(report)
  const { outputTokens, outputMs, totalMs } = usage
  const speed = Math.round(outputTokens / (outputMs / 1000))
  const files = new Set(reviewed.map(({ path }) => path)).size
  const facts = [
    `${speaker === undefined ? '' : `${speaker}: `}${counted(findings ?? [], reviewed.length > 0)}`,
    ...(change === undefined ? [] : [`${change} changes`]),
    ...(reviewed.length === 0 ? [] : [`${plural(files, 'file')}, ${partsOf(report)} reviewed`]),
    ...(model === null ? [] : [escapeLine(model.name)]),
    `${Math.round(totalMs / 1000)} s`,
    ...(outputMs > 0 && speed > 0 ? [`${speed} tokens/s`] : []),
  ]
  // A number and its unit stay on one line.
  const text = facts.join(' · ').replaceAll(/(?<=\d) (?=\p{L})/gu, '\u00a0')
  const lines = wrapLine(text, columns, 2).map((line) => line.replaceAll('\u00a0', ' '))
  return lines.map((line) => paint(line, 'bold')).join('\n')
}

function counted(findings: readonly Finding[], isReviewed: boolean): string {
  if (findings.length === 0) return isReviewed ? 'No findings' : 'Nothing was reviewed'
  const counts = severities.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  return `${plural(findings.length, 'finding')} (${counts.join(', ')})`
}

type Lines = { lines: string[]; isCut: boolean }

async function fileLines(path: string, findings: readonly Finding[], look: Look): Promise<Lines> {
  const blocks: Lines[] = []
  for (const finding of findings) blocks.push(await findingLines(finding, look))
  const title = look.paint(clipWidth(escapeLine(path), look.columns), 'underline')
  return { lines: [title, ...blocks.flatMap(({ lines }) => lines)], isCut: blocks.some(({ isCut }) => isCut) }
}

/** Its head, its line of code, and as much of what is said about it as there is room for. */
async function findingLines(finding: Finding, look: Look): Promise<Lines> {
  const { columns, paint } = look
  const head = headOf(finding, columns)
  const code = codeOf(finding.quote, columns)
  const said = [
    wordsOf('', finding.message, columns),
    ...(finding.trigger === '' ? [] : [wordsOf('When: ', finding.trigger, columns)]),
    ...(finding.suggestion === null ? [] : [wordsOf('Instead: ', firstLine(finding.suggestion), columns)]),
  ]
  const kept = shorten([head, code, ...said], columns)
  const [first = '', ...more] = kept.groups[0] ?? []
  const severity = paint(finding.severity, ...styles[finding.severity])
  const shaded = await Promise.all((kept.groups[1] ?? []).map((line) => shade(line, finding.path, look)))
  const lines = [
    `  ${severity}${first.slice(finding.severity.length)}`,
    ...more.map((line) => `  ${line}`),
    ...shaded.map((line) => `${' '.repeat(indent)}${line}`),
    ...kept.groups.slice(2).flatMap((group) => group.map((line) => `${' '.repeat(indent)}${line}`)),
  ]
  return { lines, isCut: kept.isCut }
}

/** What most findings are is said once, below them all. */
function headOf(finding: Finding, columns: number): string[] {
  const { severity, startLine, title } = finding
  const tags = stateOf(finding).filter((tag) => tag !== keptLook)
  return wrapLine(
    `${severity} ${startLine}: ${escapeProseLine(title)} (${escapeLine(tags.join(', '))})`,
    columns - 2,
    2,
  )
}

function keptSentence({ findings }: Report): string[] {
  const all = findings ?? []
  const count = all.filter((finding) => stateOf(finding).includes(keptLook)).length
  return count === 0 ? [] : [`Kept on a second look: ${count} of ${all.length}`]
}

function codeOf(quote: string, columns: number): string[] {
  const text = firstLine(quote)
  return text === '' ? [] : [clipWidth(escapeLine(text), columns - indent)]
}

/** Code in an unknown language has one colour. */
async function shade(line: string, path: string, { paint, pens }: Look): Promise<string> {
  const pieces = await highlight(line, languageOf(path))
  return pieces.every((piece) => piece.shade === 'plain') ? paint(line, 'cyan') : paintCode(pieces, pens)
}

function firstLine(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n')
  return rest.length > 0 ? `${first.trimEnd()} …` : first
}

function wordsOf(label: string, text: string, columns: number): string[] {
  return wrapLine(`${label}${escapeProseLine(text.trim())}`, columns - indent, label === '' ? 0 : 2)
}

/** Takes lines off the longest until all of them are few enough. */
function shorten(all: readonly string[][], columns: number): { groups: string[][]; isCut: boolean } {
  const groups = all.filter((_, at) => at < 2 || all[at]?.[0] !== '').map((group) => [...group])
  let isCut = false
  while (groups.flat().length > maxLines) {
    const longest = groups.reduce((most, group) => (group.length >= most.length ? group : most))
    if (longest.length < 2) break
    longest.pop()
    const last = longest.pop() ?? ''
    longest.push(cutLine(last, columns - indent))
    isCut = true
  }
  return { groups, isCut }
}

/** The line with `…` behind it, in the place of its last word where there is no room. */
function cutLine(line: string, columns: number): string {
  const isFull = displayWidth(`${line} …`) > columns
  return clipWidth(`${isFull ? line.replace(/\s+\S*$/, '') : line} …`, columns)
}

type Kept = { isCut: boolean; isKept: boolean }

function footer(report: Report, { isCut, isKept }: Kept, { columns, paint }: Look): string {
  const { dropped } = report
  const left = leftOut(report)
  const all = `${isKept ? 'local-brain last ' : ''}--format json`
  const sentences = [
    ...left.sentences,
    ...(left.isCut ? [`All that was not reviewed: ${all}`] : []),
    ...rulesSentence(report, escapeLine),
    ...keptSentence(report),
    ...droppedSentence(report),
    ...(dropped.suppressed > 0 ? [`Hidden by comments or the baseline: ${dropped.suppressed}`] : []),
    ...(dropped.capped > 0 ? [`More findings, not shown: ${dropped.capped} (--max-findings 0 shows all)`] : []),
    ...(isCut && isKept ? ['Cut at …; all of it: local-brain last | cat'] : []),
  ]
  const lines = sentences.flatMap((sentence) => wrapLine(sentence, columns, 2))
  // With the bullets that the Markdown of an answer gets.
  const proposed = closing(report, escapeLine).trimEnd().replaceAll(/^- /gm, '• ')
  const rest = proposed === '' ? [] : proposed.split('\n').flatMap((line) => wrapLine(line, columns, 2))
  return [...lines.map((line) => paint(line, 'dim')), ...rest].join('\n')
}

const maxNamed = 10
const maxReasons = 10

/**
 * A sentence for each reason, with its first parts: first of what should have been looked at, then of what a rule left
 * out.
 */
function leftOut({ notReviewed }: Report): { sentences: string[]; isCut: boolean } {
  const reasons = new Map<string, Report['notReviewed']>()
  for (const part of [...notReviewed].sort((a, b) => Number(b.gap) - Number(a.gap))) {
    reasons.set(part.reason, [...(reasons.get(part.reason) ?? []), part])
  }
  const shown = [...reasons].slice(0, maxReasons)
  const sentences = shown.map(([reason, parts]) => {
    const more = parts.length > maxNamed ? ` and ${parts.length - maxNamed} more` : ''
    return `Not reviewed: ${parts.slice(0, maxNamed).map(placeOf).join(', ')}${more} (${escapeLine(reason)})`
  })
  return { sentences, isCut: reasons.size > maxReasons || shown.some(([, parts]) => parts.length > maxNamed) }
}

function placeOf({ path, startLine, endLine }: Report['notReviewed'][number]): string {
  return `${escapeLine(path)}${startLine === undefined ? '' : `:${startLine}-${endLine ?? startLine}`}`
}

/** How many there are is said where not all of them were reviewed. */
function partsOf(report: Report): string {
  const { reviewed, of } = countParts(report)
  return reviewed < of ? `${reviewed} of ${plural(of, 'part')}` : plural(reviewed, 'part')
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
