import { type Unit, type UnitLine, eachLine } from '../../input/unit.ts'
import { redactSecrets } from '../../text/redact.ts'
import { type Hit, checkLine } from './check-line.ts'
import type { Finding } from './finding.ts'
import { fingerprint } from './fingerprint.ts'

/** Findings of one rule in one file, at most: the rest is counted. */
const perRule = 3
const quoteChars = 240
/** Of one file, in characters. */
const largeText = 1_000_000

export type Checked = { findings: Finding[]; capped: number }

/**
 * What is wrong whatever a model thinks of it: conflict markers, keys and tokens, invisible characters, debugger
 * statements, tests that shut out the others, large files. Of a change only added lines count. Costs no model call.
 */
export function checkUnits(units: readonly Unit[]): Checked {
  const checked: Checked = { findings: [], capped: 0 }
  const counts = new Map<string, number>()
  const count = (...key: string[]) => {
    const before = counts.get(key.join('\0')) ?? 0
    counts.set(key.join('\0'), before + 1)
    return before
  }
  const add = (unit: Unit, line: UnitLine, hit: Hit) => {
    if (count(unit.path, hit.name) >= perRule) checked.capped += 1
    else checked.findings.push(findingOf(unit, line, { hit, occurrence: count(unit.path, hit.name, line.text) }))
  }
  const check = (unit: Unit, line: UnitLine, next?: string) => {
    if (!isChecked(unit, line)) return
    const shown = { text: line.text, first: line.number === 1, language: unit.language }
    for (const hit of checkLine(next === undefined ? shown : { ...shown, next })) add(unit, line, hit)
  }
  for (const unit of units) {
    let before: UnitLine | undefined
    for (const line of eachLine(unit)) {
      if (before) check(unit, before, line.text)
      before = line
    }
    if (before) check(unit, before)
  }
  checked.findings.push(...largeFiles(units))
  return checked
}

function isChecked(unit: Unit, line: UnitLine): boolean {
  return unit.kind === 'hunk' ? line.kind === 'added' : line.kind !== 'removed'
}

function findingOf(unit: Unit, line: UnitLine, { hit, occurrence }: { hit: Hit; occurrence: number }): Finding {
  const { name, category, severity, title, message, at } = hit
  const number = line.number ?? unit.startLine
  return {
    id: fingerprint(unit.path, name, line.text, occurrence),
    rule: `${category}/${name}`,
    category,
    severity,
    title,
    message,
    confidence: 'high',
    section: severity === 'low' ? 'observation' : 'issue',
    path: unit.path,
    startLine: number,
    endLine: number,
    side: 'new',
    anchor: unit.kind === 'hunk' ? 'added' : 'file',
    quote: excerpt(redactSecrets(line.text), at),
    trigger: '',
    suggestion: null,
    verified: true,
  }
}

/** A long line shortened to the part that matters. */
function excerpt(text: string, at: number): string {
  if (text.length <= quoteChars) return text
  const start = Math.max(0, Math.min(at - 40, text.length - quoteChars))
  return text.slice(start, start + quoteChars)
}

/** More than a megabyte of added text is data, and stays in the history for good. */
function largeFiles(units: readonly Unit[]): Finding[] {
  const sizes = new Map<string, { chars: number; line: number }>()
  for (const unit of units) {
    if (unit.kind !== 'hunk') continue
    const size = sizes.get(unit.path) ?? { chars: 0, line: 0 }
    for (const { kind, number, text } of eachLine(unit)) {
      if (kind !== 'added') continue
      size.chars += text.length + 1
      size.line ||= number ?? 0
    }
    sizes.set(unit.path, size)
  }
  return [...sizes]
    .filter(([, { chars }]) => chars > largeText)
    .map(([path, { chars, line }]) => largeFile(path, chars, line))
}

/** `size` in bytes or characters. */
export function largeFile(path: string, size: number, line = 1): Finding {
  return {
    id: fingerprint(path, 'large-file', '', 0),
    rule: 'maintainability/large-file',
    category: 'maintainability',
    severity: 'medium',
    confidence: 'high',
    section: 'issue',
    path,
    startLine: line,
    endLine: line,
    side: 'new',
    anchor: 'file',
    quote: '',
    title: 'A large file is added',
    message: `The change adds ${(size / 1_000_000).toFixed(1)} MB, and the history keeps it for good.`,
    trigger: '',
    suggestion: null,
    verified: true,
  }
}

const protectedRules = new Set(
  [
    'private-key',
    'access-token',
    'password-in-url',
    'bidirectional-text',
    'invisible-character',
    'control-character',
  ].map((name) => `security/${name}`),
)

/**
 * True for what nothing in a repository may hide: who can put a key or a hidden character into a change can put a
 * comment or a baseline into it too. A rule that only a check gives, never a model.
 */
export function isProtected(finding: Pick<Finding, 'rule'>): boolean {
  return protectedRules.has(finding.rule)
}
