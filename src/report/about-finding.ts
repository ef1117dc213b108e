import { isCheckRule } from '../tasks/findings/kinds.ts'
import type { Finding } from '../tasks/findings/finding.ts'

/** A model that looks twice proves little, so that is all this says. */
export const keptLook = 'kept on a second look'

/** What is known about a finding besides its words, for people. */
export function stateOf(finding: Finding): string[] {
  const { rule, side, verified, new: isNew } = finding
  const look = isCheck(finding) ? 'found without a model' : verified ? keptLook : 'not verified'
  return [rule, ...(side === 'old' ? ['removed line'] : []), look, ...(isNew === true ? ['new'] : [])]
}

/** Some defects are found by a check and by a model. What a model claims without a case that triggers it is never grave. */
function isCheck({ rule, trigger, severity }: Finding): boolean {
  return trigger === '' && (isCheckRule(rule) || (severity !== 'low' && severity !== 'info'))
}

/** The quote of a finding, named. A removed line has no place of its own in the new file. */
export function quotedAs({ side }: Finding): string {
  return side === 'old' ? 'Removed line' : 'Line'
}

const call = /`[^`\n]*`|[\w.]+\(\)/g
const codeSigns = /[;{}=<>()[\]|&$\\]|\w[./]\w|::|^\s*[-+@#/*]/m
const wordsOfCode = /^(?:(?:Set|Dim|End|Sub|Function|Public|Private|Const|Option)\b|[\w-]+:\s)/

/** Whether a suggestion is a sentence about code. What could be code counts as code. */
export function isSentence(text: string): boolean {
  const plain = text.trim().replace(call, 'it')
  const words = plain.split(/\s+/)
  if (plain.includes('\n') || words.length < 4 || codeSigns.test(plain) || wordsOfCode.test(plain)) return false
  if (!words.every((word) => /^["'(]?[\p{L}\d][\p{L}\d'’-]*["')]?[.,:!?]?$/u.test(word))) return false
  return /^\p{Lu}\p{Ll}/u.test(plain) || /\b(?:the|an|should|instead|that|which)\b/.test(plain)
}
