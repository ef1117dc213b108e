import type { Change } from '../workspace/git/change-list.ts'
import { type PatchHunk, type PatchLine, hunksOf, marks } from '../workspace/git/patch.ts'

/** A change as `git diff` shows it, with three lines around each change, made of lines that hold more. */
export function renderPatch(change: Change, lines: readonly PatchLine[]): string {
  const [from, to] = [change.oldPath ?? change.path, change.path]
  const added = change.oldMode === '000000'
  const deleted = change.newMode === '000000'
  const names = `--- ${added ? '/dev/null' : `a/${from}`}\n+++ ${deleted ? '/dev/null' : `b/${to}`}\n`
  return renderPatchHeader(change) + names + hunksOf(lines).map(renderHunk).join('')
}

/** What a diff says of a file whose text is not shown. */
export function renderPatchNote(change: Change, reason: string): string {
  const size = change.size ? `, +${change.size.added} -${change.size.removed}` : ''
  return `${renderPatchHeader(change)}(text not shown: ${reason}${size})\n`
}

function renderPatchHeader({ path, oldPath, oldMode, newMode }: Change): string {
  const header = `diff --git a/${oldPath ?? path} b/${path}\n`
  if (oldPath !== undefined) return `${header}rename from ${oldPath}\nrename to ${path}\n`
  if (oldMode === '000000') return `${header}new file mode ${newMode}\n`
  if (newMode === '000000') return `${header}deleted file mode ${oldMode}\n`
  return oldMode === newMode ? header : `${header}old mode ${oldMode}\nnew mode ${newMode}\n`
}

function renderHunk({ header, lines }: PatchHunk): string {
  const body = lines.map(
    (line) => `${marks[line.kind]}${line.text}\n${line.unended ? '\\ No newline at end of file\n' : ''}`,
  )
  return `${header}\n${body.join('')}`
}
