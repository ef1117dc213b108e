import type { Change } from '../workspace/git/change-list.ts'
import { type PatchLine, marks } from '../workspace/git/patch.ts'

const context = 3

/** A change as `git diff` shows it, with three lines around each change, made of lines that hold more. */
export function renderPatch(change: Change, lines: readonly PatchLine[]): string {
  const [from, to] = [change.oldPath ?? change.path, change.path]
  const added = change.oldMode === '000000'
  const deleted = change.newMode === '000000'
  const names = `--- ${added ? '/dev/null' : `a/${from}`}\n+++ ${deleted ? '/dev/null' : `b/${to}`}\n`
  return renderPatchHeader(change) + names + renderHunks(lines)
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

function renderHunks(lines: readonly PatchLine[]): string {
  const hunks: string[] = []
  let from = 0
  for (let index = 0; index < lines.length; index += 1) {
    if (lines[index]?.kind === 'context') continue
    const end = Math.min(lines.length, lastOfHunk(lines, index) + context + 1)
    hunks.push(renderHunk(lines.slice(Math.max(from, index - context), end)))
    from = end
    index = end - 1
  }
  return hunks.join('')
}

/** The last changed line that so few unchanged ones part from the one before that both belong into one hunk. */
function lastOfHunk(lines: readonly PatchLine[], first: number): number {
  let last = first
  for (let index = first; index < lines.length && index <= last + 2 * context + 1; index += 1) {
    if (lines[index]?.kind !== 'context') last = index
  }
  return last
}

function renderHunk(lines: readonly PatchLine[]): string {
  const side = (name: 'old' | 'new') => {
    const numbers = lines.flatMap((line) => line[name] ?? [])
    return `${numbers[0] ?? 0},${numbers.length}`
  }
  const body = lines.map(
    (line) => `${marks[line.kind]}${line.text}\n${line.unended ? '\\ No newline at end of file\n' : ''}`,
  )
  return `@@ -${side('old')} +${side('new')} @@\n${body.join('')}`
}
