import { isNamedBinary, isNamedText } from '../workspace/decode.ts'
import type { Change } from '../workspace/git/change-list.ts'
import { isSecret } from '../workspace/secrets.ts'
import { type Marks, marksBefore } from './attributes.ts'
import type { Before } from './before.ts'
import { skipByMarks } from './skip.ts'
import { vendoredPaths } from './vendored.ts'

/** Why the text of a change is not looked at. `gap`: not by rule, but because it cannot be read. */
export type LeftOut = { change: Change; reason: string; gap?: true }

/**
 * A change that is looked at, with what the repository said of the file before. `apart`: git does not show its text as it
 * should be shown.
 */
export type Chosen = { change: Change; marks: Marks; apart?: true }

export type Choice = { chosen: Chosen[]; leftOut: LeftOut[] }

/** Which changes of a list are read as text, and why the others are not. `prefix` is the root below the top, or `.`. */
export async function chooseChanges(changes: readonly Change[], before: Before, prefix: string): Promise<Choice> {
  const choice: Choice = { chosen: [], leftOut: [] }
  const open: Change[] = []
  for (const change of changes) {
    const reason = gapOf(change, prefix)
    const kind = reason === undefined ? kindOf(change, prefix) : undefined
    // guard: secret-is-gap
    if (reason !== undefined) choice.leftOut.push({ change, reason, gap: true })
    else if (kind !== undefined) choice.leftOut.push({ change, reason: kind })
    else open.push(change)
  }
  const names = open.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [path, oldPath]))
  const [marksOf, vendored] = await Promise.all([marksBefore(before, names), vendoredPaths(names, before.exist)])
  for (const change of open) {
    const { path, oldPath = path } = change
    const marks = marksOf(path)
    // A rename brings its new name itself.
    const reasons = [path, oldPath].map((name) => skipByMarks(marksOf(name), vendored.has(name)))
    const reason = reasons.includes(undefined) ? undefined : reasons[0]
    // guard: left-secret
    if (reason !== undefined) choice.leftOut.push({ change, reason })
    else if (isFromSecret(change)) choice.chosen.push({ change, marks, apart: true })
    else if (change.size !== null) choice.chosen.push({ change, marks })
    else if (marks.text === false || isNamedBinary(path)) choice.leftOut.push({ change, reason: 'binary' })
    else choice.chosen.push({ change, marks, apart: true })
  }
  return choice
}

/** Why nothing can be said about what changed. */
export function gapOf({ path, status }: Change, prefix: string): string | undefined {
  if (isOutside(path, prefix)) return undefined
  if (path.includes('\ufffd')) return 'its name is not UTF-8'
  if (status === 'U') return 'merge conflict, not resolved yet'
  return isSecret(path) ? 'its name says that it holds secrets' : undefined
}

function isOutside(path: string, prefix: string): boolean {
  return prefix !== '.' && !path.startsWith(`${prefix}/`)
}

const modes: Readonly<Record<string, string>> = { '120000': 'symbolic link', '160000': 'submodule' }

/** What a change is that has no text to look at. */
export function kindOf({ path, oldPath, status, oldMode, newMode, size }: Change, prefix: string): string | undefined {
  if (isOutside(path, prefix)) return 'outside the root'
  const [old, now] = [modes[oldMode], modes[newMode]]
  // guard: replaced-said
  if (now !== undefined && status === 'T') return `${old ?? 'file'} replaced by a ${now}`
  if (now === 'submodule') return status === 'A' ? now : 'submodule moved to another commit'
  if (now !== undefined) return status === 'A' ? now : `${now} that leads elsewhere now`
  if (old !== undefined && newMode === '000000') return old
  if (size === null || size === undefined || size.added + size.removed > 0) return undefined
  if (isFromSecret({ oldPath })) return undefined
  const mode = modeChange({ oldMode, newMode })
  if (oldPath !== undefined)
    return `renamed from ${oldPath}, ${mode === undefined ? '' : `${mode}, `}nothing else changed`
  return mode === undefined ? 'empty' : `${mode}, nothing else changed`
}

/** What a change of the mode alone means, or undefined. */
export function modeChange({ oldMode, newMode }: Pick<Change, 'oldMode' | 'newMode'>): string | undefined {
  if (oldMode === newMode || !oldMode.startsWith('100') || !newMode.startsWith('100')) return undefined
  // guard: mode-said
  return newMode === '100755' ? 'made executable' : 'no longer executable'
}

/** What comes out of a secret under a plain name is new, and its old side is not shown. */
export function isFromSecret({ oldPath }: Pick<Change, 'oldPath'>): boolean {
  return oldPath !== undefined && isSecret(oldPath)
}

/** What git takes for binary though its name is a text's cannot be skipped by a rule, since it was not read. */
export function unreadableReason(path: string, why: 'binary' | 'too large' | 'missing'): Omit<LeftOut, 'change'> {
  if (why === 'missing') return { reason: 'git has no text of it', gap: true }
  if (why === 'too large') return { reason: 'too large to be compared', gap: true }
  // guard: unreadable-is-gap
  return isNamedText(path) ? { reason: 'binary data under the name of a text', gap: true } : { reason: 'binary' }
}
