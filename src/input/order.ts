import { isProse, languageOf } from '../syntax/language.ts'
import type { Change } from '../workspace/git/change-list.ts'
import type { PatchLine } from '../workspace/git/patch.ts'
import { type Unit, eachLine } from './unit.ts'

const risks = [
  /auth|login|session|permission|role|token|secret|passw|credential/i,
  /crypt|cipher|hmac|sign(ature)?\b|random|certificate/i,
  /\bsql\b|query|\bselect\b|insert into|migrat|transaction|alter table/i,
  /exec|spawn|eval|system\(|shell|subprocess|popen/i,
  /path|file|unlink|rmdir|chmod|upload|symlink/i,
  /deserial|unmarshal|pickle|yaml\.load|parse\(|unsafe|memcpy|strcpy|malloc|free\(/i,
  /lock|mutex|thread|async|await|promise|atomic|race|channel|goroutine/i,
]

/** Those first that deserve the time first; among equals the order stays. */
export function byRisk<T>(items: readonly T[], rankOf: (item: T) => number): T[] {
  return items
    .map((item) => ({ item, rank: rankOf(item) }))
    .sort((a, b) => b.rank - a.rank)
    .map(({ item }) => item)
}

/** Code that can do harm counts most, then other code, then tests and prose; more added lines count more than fewer. */
export function rankOfUnit(unit: Unit): number {
  return rank(unit.path, unit.language, eachLine(unit))
}

/**
 * The same for a changed file as a whole, before anything of it is looked at closely: by its lines, or by its name and
 * its size where they are not there yet.
 */
export function rankOfChange({ path, size }: Pick<Change, 'path' | 'size'>, lines?: readonly PatchLine[]): number {
  const language = languageOf(path)
  if (lines !== undefined) return rank(path, language, lines)
  return scored(path, language, { text: path, added: size?.added ?? 0 })
}

function rank(path: string, language: string, lines: Iterable<Pick<PatchLine, 'kind' | 'text'>>): number {
  const changed: string[] = []
  let added = 0
  for (const { kind, text } of lines) {
    if (kind !== 'context') changed.push(text)
    if (kind === 'added') added += 1
  }
  return scored(path, language, { text: changed.join('\n'), added })
}

function scored(path: string, language: string, { text, added }: { text: string; added: number }): number {
  const risk = risks.filter((pattern) => pattern.test(text)).length
  return (isAside(path, language) ? 0 : 100) + risk * 10 + Math.min(added, 99) / 10
}

/** Tests and prose can wait. */
function isAside(path: string, language: string): boolean {
  return (
    /(^|\/)(tests?|__tests__|spec|fixtures|docs?)\/|[._-](test|spec)\.[a-z]+$|(^|\/)test_[^/]+$/i.test(path) ||
    isProse(language)
  )
}
