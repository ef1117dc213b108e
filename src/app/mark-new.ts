import type { Finding } from '../tasks/findings/finding.ts'
import type { Memory } from '../tasks/findings/memory.ts'
import type { Prepared } from './prepare.ts'

/** Says of each finding whether the previous run had it, when that was about the same work by the same skill. */
export function markNew(findings: readonly Finding[], prepared: Prepared, previous: Memory | undefined): Finding[] {
  const { kind, base } = prepared.input.gathered.scope
  const isComparable = previous?.skill === prepared.skill.name && previous.kind === kind && previous.base === base
  if (!isComparable) return [...findings]
  const before = new Set(previous.findings.map((finding) => finding.id))
  return findings.map((finding) => ({ ...finding, new: !before.has(finding.id) }))
}
