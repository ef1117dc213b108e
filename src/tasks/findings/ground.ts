import { sha256 } from '../../text/hash.ts'
import { type Unit, type UnitLine, linesOf } from '../../input/unit.ts'
import { defects } from './defects.ts'
import type { DropReason } from './dropped.ts'
import type { Finding } from './finding.ts'
import type { Severity } from './severity.ts'
import { isDistinctive } from './ordinary-names.ts'
import { type Place, locateQuote, quoteLines } from './quote.ts'
import type { ReviewReply } from './reply.ts'
import { redactSecrets } from './secrets.ts'

export type RawFinding = ReviewReply['findings'][number]

type ShownUnit = Unit & { lines: readonly UnitLine[] }

export type Grounding = { finding: Finding } | { dropped: DropReason; why: string }

export type GroundContext = {
  /** Whether an identifier occurs anywhere in the workspace. */
  known: (identifier: string) => Promise<boolean>
}

/**
 * A finding is kept when its quote really stands in the unit; its lines are computed from that place and never taken
 * from the model. (Reference review-and-hooks, 2.2; caps of severity from 2.1.)
 */
export async function ground(raw: RawFinding, about: Unit, context: GroundContext): Promise<Grounding> {
  const unit = { ...about, lines: linesOf(about) }
  const place = locateQuote(raw.quote, unit.lines)
  if (place === null) return { dropped: 'ungrounded', why: 'its quote does not stand in the input' }
  const lines = unit.lines.slice(place.from, place.to + 1)
  const anchor = anchorOf(unit, lines)
  if (anchor === 'context' && !enabledByAddition(raw, unit)) {
    return { dropped: 'ungrounded', why: 'it is about a line that the change does not touch' }
  }
  const invented = await inventedName(raw, unit, context)
  if (invented !== undefined) return { dropped: 'ungrounded', why: `"${invented}" does not exist` }
  if (alreadyThere(raw.suggestion, raw.quote, unit))
    return { dropped: 'ungrounded', why: 'what it suggests is already there' }
  return { finding: findingAt(raw, { unit, place, lines, anchor }) }
}

function anchorOf(unit: Unit, lines: readonly UnitLine[]): Finding['anchor'] {
  if (unit.kind !== 'hunk') return 'file'
  if (lines.some((line) => line.kind === 'added')) return 'added'
  return lines.some((line) => line.kind === 'removed') ? 'deletion' : 'context'
}

/** True when the finding names something that an added line of the unit brings in. */
function enabledByAddition(raw: RawFinding, unit: ShownUnit): boolean {
  const added = unit.lines.filter((line) => line.kind === 'added').map((line) => line.text)
  return backticked(`${raw.title} ${raw.message} ${raw.trigger}`).some((name) =>
    added.some((text) => text.includes(name)),
  )
}

const identifier = /^[A-Za-z_$][\w$]*$/

function backticked(text: string): string[] {
  return [...text.matchAll(/`([^`\n]{2,80})`/g)].map((match) => (match[1] ?? '').replace(/\(.*$/, '').trim())
}

/** The first identifier in backticks that stands neither in the unit nor anywhere in the workspace. */
async function inventedName(raw: RawFinding, unit: ShownUnit, context: GroundContext): Promise<string | undefined> {
  const text = unit.lines.map((line) => line.text).join('\n')
  for (const quoted of backticked(`${raw.title} ${raw.message}`)) {
    for (const name of quoted.split(/\.|::|->/)) {
      if (!identifier.test(name) || !isDistinctive(name)) continue
      if (text.includes(name) || raw.suggestion.includes(name)) continue
      if (!(await context.known(name))) return name
    }
  }
  return undefined
}

function alreadyThere(suggestion: string, quote: string, unit: ShownUnit): boolean {
  const wanted = quoteLines(suggestion)
  if (wanted.length === 0 || sameText(suggestion, quote)) return false
  const place = locateQuote(
    suggestion,
    unit.lines.filter((line) => line.kind !== 'removed'),
  )
  return place?.exact === true && wanted.join('').length >= 12
}

function sameText(a: string, b: string): boolean {
  return quoteLines(a).join('\n') === quoteLines(b).join('\n')
}

type Grounded = { unit: ShownUnit; place: Place; lines: readonly UnitLine[]; anchor: Finding['anchor'] }

function findingAt(raw: RawFinding, { unit, place, lines, anchor }: Grounded): Finding {
  const numbers = lines.flatMap((line) => (line.number === null ? [] : [line.number]))
  const near = nearestNumber(unit, place)
  const quote = lines.map((line) => line.text).join('\n')
  const suggestion = raw.suggestion.trim()
  return {
    id: fingerprint(unit.path, raw.defect, quote, occurrence(unit, place)),
    rule: `${defects[raw.defect]}/${raw.defect}`,
    category: defects[raw.defect],
    severity: cappedSeverity(raw, unit.path, anchor),
    confidence: 'low',
    section: sectionOf(raw),
    path: unit.path,
    startLine: numbers[0] ?? near,
    endLine: numbers.at(-1) ?? near,
    side: anchor === 'deletion' ? 'old' : unit.side,
    anchor,
    quote: redactSecrets(quote),
    title: clip(raw.title, 80),
    message: clip(raw.message, 400),
    trigger: clip(raw.trigger, 200),
    ...(suggestion === '' || sameText(suggestion, quote)
      ? {}
      : { suggestion: redactSecrets(suggestion).slice(0, 1000) }),
    verified: false,
  }
}

/** For removed lines: the nearest line of the new side. */
function nearestNumber(unit: ShownUnit, place: Place): number {
  for (let at = place.from; at >= 0; at -= 1) {
    const number = unit.lines[at]?.number
    if (number != null) return number
  }
  return unit.startLine
}

/** Which of the equal quotes in the unit this is, so that two of them keep different ids. */
function occurrence(unit: ShownUnit, place: Place): number {
  const text = unit.lines[place.from]?.text.trim()
  return unit.lines.slice(0, place.from).filter((line) => line.text.trim() === text).length
}

/** Without line, severity and title: those change from run to run. */
export function fingerprint(path: string, defect: string, quote: string, occurrence: number): string {
  const parts = [path, defect, quote.replace(/\s+/g, ' ').trim(), String(occurrence)]
  return sha256(parts.join('\0')).slice(0, 16)
}

const tests = /(^|\/)(tests?|__tests__|spec)\/|[._-](test|spec)\.[a-z]+$|(^|\/)docs?\/|\.(md|rst|txt)$/i

function cappedSeverity(raw: RawFinding, path: string, anchor: Finding['anchor']): Severity {
  const low = tests.test(path) || anchor === 'context' || raw.trigger.trim() === ''
  return low && raw.severity !== 'info' ? 'low' : raw.severity
}

function sectionOf(raw: RawFinding): Finding['section'] {
  if (raw.severity === 'info') return 'observation'
  if (raw.defect === 'needless-code') return 'simplification'
  return raw.defect === 'missing-test' || raw.defect === 'slow-path' ? 'consider-later' : 'issue'
}

function clip(text: string, characters: number): string {
  const flat = redactSecrets(text.replace(/\s+/g, ' ').trim())
  return flat.length <= characters ? flat : `${flat.slice(0, characters - 1)}…`
}
