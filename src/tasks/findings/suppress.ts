import { type Unit, linesOf, unitsByPath } from '../../input/unit.ts'
import { isProtected } from './checks.ts'
import type { Finding } from './finding.ts'

/** Whether somebody decided that a finding is to be left out, and what was wrong with how they said so. */
export type Suppression = { hides: (finding: Finding) => boolean; warnings: string[] }

const comment = /local-brain-ignore(?:\[([^\]\n]{0,200})\])?[ \t]*(?::(.{0,500}))?/

/**
 * `local-brain-ignore[rule]: reason` on a line of the finding or on the line above it, or its id in the baseline. A
 * comment without a reason does nothing, and a warning says so. Nothing hides a finding that `isProtected`.
 */
export function createSuppression(units: readonly Unit[], baseline: ReadonlySet<string>): Suppression {
  const byPath = unitsByPath(units)
  const read = new Map<string, Map<number, string>>()
  const warnings: string[] = []
  const hides = (finding: Finding): boolean => {
    if (isProtected(finding)) return false
    if (baseline.has(finding.id)) return true
    const lines = read.get(finding.path) ?? linesByNumber(byPath.get(finding.path) ?? [])
    read.set(finding.path, lines)
    for (let number = finding.startLine - 1; number <= finding.endLine; number += 1) {
      const match = comment.exec(lines.get(number) ?? '')
      if (match === null || !names(match[1], finding)) continue
      if (hasReason(match[2])) return true
      const example = `local-brain-ignore[${finding.rule}]: why this is right`
      warnings.push(`${finding.path}:${number}: a comment to ignore a finding needs a reason ("${example}")`)
    }
    return false
  }
  return { hides, warnings }
}

function linesByNumber(units: readonly Unit[]): Map<number, string> {
  const lines = units.flatMap((unit) => linesOf(unit))
  return new Map(lines.flatMap(({ number, text }) => (number === null ? [] : [[number, text]])))
}

/** `bug/null-path`, `null-path` and `bug` all name the rule `bug/null-path`; no brackets name every rule. */
function names(list: string | undefined, { rule, category }: Finding): boolean {
  if (list === undefined) return true
  const short = rule.slice(rule.indexOf('/') + 1)
  return list.split(',').some((name) => [rule, short, category].includes(name.trim()))
}

/** Words, once the end of the comment itself is gone. */
function hasReason(text = ''): boolean {
  return /[\p{L}\p{N}]/u.test(text.replace(/(?:\*\/|-->|#\}|%>|\*\))\s*$/, ''))
}
