import { type Replacement, compareTexts } from '../syntax/compare.ts'
import type { PatchLine } from '../workspace/git/patch.ts'
import { isPlainComment } from './plain-comment.ts'

type Change = { path: string; language: string; lines: readonly PatchLine[] }

/** More changes of one file are looked at without a comparison. */
const maxReplacements = 500

/**
 * Why a change holds nothing to review, or undefined. `lines` are all lines of both sides. Every place is decided by
 * itself: white space that is known to mean nothing there, or comments that are plainly prose. In languages that have
 * no grammar nothing but the end of the file's last line is known to mean nothing.
 */
export async function trivialReason({ path, language, lines }: Change): Promise<string | undefined> {
  const replacements = replacementsOf(lines)
  if (replacements.length === 0 || replacements.length > maxReplacements) return undefined
  const [old, now] = [textOf(lines, 'added'), textOf(lines, 'removed')]
  if (old.replace(/\n$/, '') === now.replace(/\n$/, '')) return 'only the end of the last line changed'
  if (!runsOf(lines).every((run) => mayMeanNothing(run, `${old}${now}`, language))) return undefined
  const differences = await compareTexts({ old, new: now }, language, replacements)
  if (!differences) return undefined
  const isTrivial = differences.every(
    ({ kind, comments }) =>
      kind === 'spacing' ||
      (kind === 'comments' && !areTested(path) && comments.every((one) => isPlainComment(one, language))),
  )
  if (!isTrivial) return undefined
  const kinds = new Set(differences.map(({ kind }) => kind))
  if (kinds.size > 1) return 'only white space and comments changed'
  return kinds.has('spacing') ? 'only white space changed' : 'only comments changed'
}

type Run = { removed: string; added: string }

/** What was removed and added in one place, line after line. */
function runsOf(lines: readonly PatchLine[]): Run[] {
  const runs: Run[] = []
  let open: Run | undefined
  for (const { kind, text } of lines) {
    if (kind === 'context') open = undefined
    else {
      if (!open) runs.push((open = { removed: '', added: '' }))
      open[kind] += `${text}\n`
    }
  }
  return runs
}

const opensComment = /\/\/|\/\*|#|<!--|^=begin/m
const opensSetting = /[#;]/
const opensBlock = /\/\*|<#|<!--|^=begin/m

/** A quick look before the grammar's: what is neither white space nor has a comment near it is a change of code. */
function mayMeanNothing({ removed, added }: Run, texts: string, language: string): boolean {
  const opens = language === 'ini' ? opensSetting : opensComment
  const isSpacing = removed.replace(/\s+/g, '') === added.replace(/\s+/g, '')
  return isSpacing || opens.test(removed + added) || opensBlock.test(texts)
}

/** In tests of Go the comments behind an example are what it has to print. */
function areTested(path: string): boolean {
  return path.endsWith('_test.go')
}

function textOf(lines: readonly PatchLine[], left: PatchLine['kind']): string {
  const side = lines.filter(({ kind }) => kind !== left)
  const text = side.map((line) => line.text).join('\n')
  return side.at(-1)?.unended ? text : `${text}\n`
}

/** Runs of changed lines, as spans of both texts. */
function replacementsOf(lines: readonly PatchLine[]): Replacement[] {
  const replacements: Replacement[] = []
  let [old, now] = [1, 1]
  let open: Replacement | undefined
  for (const { kind } of lines) {
    if (kind === 'context') open = undefined
    else {
      if (!open) replacements.push((open = { old: { from: old, to: old - 1 }, new: { from: now, to: now - 1 } }))
      if (kind === 'removed') open.old.to += 1
      else open.new.to += 1
    }
    if (kind !== 'added') old += 1
    if (kind !== 'removed') now += 1
  }
  return replacements
}
