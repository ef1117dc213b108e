import { clipLine } from '../../text/clip.ts'
import { redactSecrets } from '../../text/redact.ts'
import { type FileSource, isAlreadyThere } from './already-there.ts'
import type { DropReason } from './dropped.ts'
import type { Finding } from './finding.ts'
import { fingerprint } from './fingerprint.ts'
import { type Kinds, builtInKinds } from './kinds.ts'
import { type Severity, severities } from '../../skills/severity.ts'
import { isDistinctive } from './names.ts'
import { type Place, locateQuote, sameLines } from './quote.ts'
import type { RawFinding } from './reply.ts'
import { replyChars } from './reply-limits.ts'
import type { ShownUnit } from './shown.ts'

export type Grounding = { finding: Finding } | { dropped: DropReason; why: string }

export type GroundContext = {
  /** Whether an identifier occurs anywhere in the workspace. */
  known: (identifier: string) => Promise<boolean>
  /** The whole text of a file under review, to tell code from comments. */
  source?: FileSource
  /** What the review asks about: the built-in kinds of defect unless the skill has its own. */
  kinds?: Kinds
}

/**
 * A finding is kept when its quote is really in the unit; its lines are computed from that place and never taken
 * from the model. A name that is found nowhere makes it less certain, and no more: libraries, languages and systems
 * have more names than any list.
 */
export async function ground(raw: RawFinding, unit: ShownUnit, context: GroundContext): Promise<Grounding> {
  // guard: quote-found
  const place = locateQuote(raw.quote, unit.shown)
  if (place === null) return { dropped: 'ungrounded', why: 'its quote is not in the input' }
  const anchor = anchorOf(unit, place)
  if (anchor === 'context' && !enabledByAddition(raw, unit)) {
    return { dropped: 'ungrounded', why: 'it is about a line that the change does not touch' }
  }
  if (await isAlreadyThere(raw, unit, place, context.source))
    return { dropped: 'ungrounded', why: 'what it suggests is already there' }
  const finding = findingAt(raw, { unit, place, anchor, kinds: context.kinds ?? builtInKinds })
  return { finding: (await namesUnknown(raw, unit, context)) ? finding : { ...finding, confidence: 'medium' } }
}

function linesAt({ shown }: ShownUnit, { from, to }: Place) {
  return shown.lines.slice(from, to + 1)
}

function anchorOf(unit: ShownUnit, place: Place): Finding['anchor'] {
  if (unit.kind !== 'hunk') return 'file'
  const lines = linesAt(unit, place)
  if (lines.some((line) => line.kind === 'added')) return 'added'
  return lines.some((line) => line.kind === 'removed') ? 'deletion' : 'context'
}

/** True when the finding names something that an added line of the unit brings in. */
function enabledByAddition(raw: RawFinding, { shown }: ShownUnit): boolean {
  const added = shown.lines.filter((line) => line.kind === 'added').map((line) => line.text)
  return backticked(`${raw.title} ${raw.message} ${raw.trigger}`).some((name) =>
    added.some((text) => text.includes(name)),
  )
}

const identifier = /^[A-Za-z_$][\w$]*$/
/** Names of one finding that are looked at. */
const maxNames = 12

function backticked(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`\n]{2,80})`/g)].slice(0, maxNames)
  return quoted.map((match) => (match[1] ?? '').replace(/\(.*$/, '').trim()).filter((name) => name !== '')
}

/** True when an identifier in backticks stands neither in the unit nor anywhere in the workspace. */
async function namesUnknown(raw: RawFinding, { shown }: ShownUnit, context: GroundContext): Promise<boolean> {
  const parts = backticked(`${raw.title} ${raw.message}`).flatMap((quoted) => quoted.split(/\.|::|->/))
  const names = parts.filter((name) => identifier.test(name) && isDistinctive(name))
  for (const name of new Set(names.slice(0, maxNames))) {
    if (raw.suggestion.includes(name) || shown.lines.some(({ text }) => text.includes(name))) continue
    if (!(await context.known(name))) return true
  }
  return false
}

type Grounded = { unit: ShownUnit; place: Place; anchor: Finding['anchor']; kinds: Kinds }

function findingAt(raw: RawFinding, { unit, place, anchor, kinds }: Grounded): Finding {
  const defect = kinds.read(raw.defect)
  const severity = severities.find((one) => one === raw.severity) ?? kinds.severityOf(defect)
  const lines = linesAt(unit, place)
  const numbers = lines.flatMap((line) => (line.number === null ? [] : [line.number]))
  const near = nearestNumber(unit, place)
  const quote = lines.map((line) => line.text).join('\n')
  const suggestion = withoutMarks(raw.suggestion, unit, quote).trim()
  return {
    id: fingerprint(unit.path, defect, quote, occurrence(unit, place)),
    rule: kinds.ruleOf(defect),
    category: kinds.categoryOf(defect),
    severity: isMinor(raw, unit.path, anchor) && severity !== 'info' ? 'low' : severity,
    confidence: 'low',
    section: sectionOf(defect, severity),
    path: unit.path,
    startLine: numbers[0] ?? near,
    endLine: numbers.at(-1) ?? near,
    side: anchor === 'deletion' ? 'old' : unit.side,
    anchor,
    quote: redactSecrets(quote),
    title: shortened(ended(raw.title, replyChars.title), 80),
    message: shortened(ended(raw.message, replyChars.message), 400),
    trigger: shortened(ended(raw.trigger, replyChars.trigger), 200),
    suggestion: suggestion === '' || sameLines(suggestion, quote) ? null : redactSecrets(suggestion).slice(0, 1000),
    verified: false,
  }
}

/** Says it of a text that the server's grammar stopped before its end. */
function ended(text: string, maxChars: number): string {
  return [...text].length === maxChars && !/[.!?…)\]"'`]\s*$/.test(text) ? `${text.trimEnd()}…` : text
}

/** For removed lines: the nearest line of the new side. */
function nearestNumber({ shown, startLine }: ShownUnit, place: Place): number {
  const isNew = ({ number }: { number: number | null }) => number !== null
  const near = shown.lines.slice(0, place.from).findLast(isNew) ?? shown.lines.slice(place.from).find(isNew)
  return near?.number ?? startLine
}

/** A line as a diff has it, or as the model was shown it, with a number and a bar in front. */
const marked = /^(?:[-+]?\s{0,9}\d{0,9}\s{0,9}\|(?![>|]) ?|\+(?!\+))/

/** The lines that are added by a suggestion that was written like a diff, as the change under review is. */
function withoutMarks(suggestion: string, { kind }: ShownUnit, quote: string): string {
  const trimmed = (text: string) => text.split('\n').map((line) => line.trim())
  const old = trimmed(quote)
  const added = trimmed(suggestion).filter(
    (line) => line !== '' && !(line[0] === '-' && old.includes(line.slice(1).trim())),
  )
  const isDiff = kind === 'hunk' && added.length > 0 && added.every((line) => marked.test(line))
  // Where the code itself has such a sign in front, nothing tells which is meant.
  if (!isDiff || old.some((line) => /^[-+|]/.test(line))) return suggestion
  return added.map((line) => line.replace(marked, '')).join('\n')
}

/** Which of the equal quotes in the unit this is, so that two of them keep different ids. */
function occurrence(unit: ShownUnit, place: Place): number {
  const text = unit.shown.trimmed[place.from] ?? ''
  return (unit.shown.byTrimmed.get(text) ?? []).indexOf(place.from)
}

const tests = /(^|\/)(tests?|__tests__|spec)\/|[._-](test|spec)\.[a-z]+$|(^|\/)docs?\/|\.(md|rst|txt)$/i

/** In a test, in prose, on a line that is only shown, or without a case that triggers it. */
function isMinor(raw: RawFinding, path: string, anchor: Finding['anchor']): boolean {
  return tests.test(path) || anchor === 'context' || raw.trigger.trim() === ''
}

function sectionOf(defect: string, severity: Severity): Finding['section'] {
  if (severity === 'info') return 'observation'
  if (defect === 'needless-code') return 'simplification'
  return defect === 'missing-test' || defect === 'slow-path' ? 'consider-later' : 'issue'
}

/** On one line, without keys, and no longer than that. */
function shortened(text: string, maxChars: number): string {
  return clipLine(redactSecrets(text.replace(/\s+/g, ' ').trim()), maxChars)
}
