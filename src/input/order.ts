import { isProse } from '../syntax/language.ts'
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

/** Which deserve the time first: code that can do harm, then other code, then tests; more added lines before fewer. */
export function byRisk(units: readonly Unit[]): Unit[] {
  return units
    .map((unit) => ({ unit, rank: rankOf(unit) }))
    .sort((a, b) => b.rank - a.rank)
    .map(({ unit }) => unit)
}

function rankOf(unit: Unit): number {
  const changed: string[] = []
  let added = 0
  for (const { kind, text } of eachLine(unit)) {
    if (kind !== 'context') changed.push(text)
    if (kind === 'added') added += 1
  }
  const text = changed.join('\n')
  const risk = risks.filter((pattern) => pattern.test(text)).length
  return (isAside(unit) ? 0 : 100) + risk * 10 + Math.min(added, 99) / 10
}

/** Tests and prose can wait. */
function isAside(unit: Unit): boolean {
  return (
    /(^|\/)(tests?|__tests__|spec|fixtures|docs?)\/|[._-](test|spec)\.[a-z]+$|(^|\/)test_[^/]+$/i.test(unit.path) ||
    isProse(unit.language)
  )
}
