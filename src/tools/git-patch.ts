import { callText, count, fitLines, maxLines, reserved } from './clip.ts'
import { type Change, diffArgs, gitOf, gitPath, listChanges, type Scope } from './git-changes.ts'
import type { ToolContext } from './tool.ts'

/** More than this is never shown, so it is not asked for either. */
const limits = { files: 200, changedLines: 20_000, bytes: 4 * 1024 * 1024 }

/** For the names of what is not shown. */
const noteChars = 600

const letters: Record<string, string> = {
  A: 'added',
  C: 'copied',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'type changed',
  U: 'in conflict',
}

/** `modified src/a.ts +3 -1`. */
export function changeLine({ path, oldPath, status, added, removed }: Change): string {
  const size = added === null ? 'binary' : `+${added}${removed === null ? '' : ` -${removed}`}`
  return `${letters[status] ?? 'changed'} ${oldPath === undefined ? '' : `${oldPath} -> `}${path} ${size}`
}

type Patch = { scope: Scope; path: string; again: (path: string) => string }

/**
 * The text of the changes in a scope: whole files as long as they fit, the others named with the call that shows them.
 * Undefined when nothing changed there.
 */
export async function showPatch(context: ToolContext, { scope, path, again }: Patch): Promise<string[] | undefined> {
  const changes = await listChanges(context, scope, path)
  if (changes.length === 0) return undefined
  const asked = chooseFirst(changes)
  const sections = await readSections(context, scope, asked)
  const shown: string[] = []
  const left = new Set(changes)
  const room = () => context.maxChars - shown.join('\n').length - noteChars - reserved
  for (const change of asked) {
    if (room() < 0) break
    const text = sections.get(change.path)
    const lines = [changeLine(change), ...(text ?? [])]
    const fitting = fitLines(lines, room()).shown
    if ((text === undefined || fitting.length < lines.length) && shown.length > 0) continue
    shown.push(...fitting)
    left.delete(change)
    if (fitting.length < lines.length) shown.push(continuation(change, scope, fitting))
  }
  const names = [...left].map((change) => changeLine(change))
  const rest = fitLines(names, noteChars).shown
  const more = rest.length < names.length ? [`and ${count(names.length - rest.length, 'more file')}`] : []
  const example = [...left][0]
  const note = example ? [`[not shown: ${[...rest, ...more].join('; ')}. To see one: ${again(example.path)}]`] : []
  return [`${count(changes.length, 'file')}, ${scope.name}`, ...shown, ...note]
}

function chooseFirst(changes: readonly Change[]): Change[] {
  let lines = 0
  return changes.slice(0, limits.files).filter(({ added, removed }, index) => {
    lines += (added ?? 0) + (removed ?? 0)
    return index === 0 || lines <= limits.changedLines
  })
}

function continuation({ path, status }: Change, { past }: Scope, shown: readonly string[]): string {
  const last = shown.map((line) => /^(\d+) [ +]/.exec(line)?.[1]).findLast((number) => number !== undefined)
  if (past || status === 'D' || last === undefined) return `[the rest of this change is too long to show]`
  return `[cut; how ${path} goes on: ${callText('read_file', { path, offset: Number(last) + 1 })}]`
}

/**
 * Each file's hunks by its path, with the numbers of the new file's lines. Only sections of exactly these names count:
 * a path given to git stands for a folder of that name as well, and for whatever is hidden in it.
 */
async function readSections(context: ToolContext, scope: Scope, changes: readonly Change[]) {
  const paths = changes.flatMap(({ path, oldPath }) => [path, ...(oldPath === undefined ? [] : [oldPath])])
  const args = ['diff', ...scope.args, ...diffArgs, '--', ...paths.map((path) => gitPath(context, path))]
  const output = await gitOf(context).run(args, { maxBytes: limits.bytes, clip: true })
  // In a hunk every line has a character of its own in front: only a header can begin with these words.
  const texts = output.split(/^diff --git /m).slice(1)
  const isCut = Buffer.byteLength(output) >= limits.bytes
  const whole = isCut && texts.length > 1 ? texts.slice(0, -1) : texts
  const sections = new Map<string, string[]>()
  for (const { path, oldPath = path } of changes) {
    const header = `${quoted(`a/${gitPath(context, oldPath)}`)} ${quoted(`b/${gitPath(context, path)}`)}\n`
    const own = whole.filter((text) => text.startsWith(header))
    if (own.length > 0 || !isCut) sections.set(path, own.flatMap(numbered))
  }
  return sections
}

function quoted(name: string): string {
  return /["\\]/.test(name) ? `"${name.replace(/["\\]/g, String.raw`\$&`)}"` : name
}

function numbered(section: string): string[] {
  const lines = section.split('\n')
  const first = lines.findIndex((line) => line.startsWith('@@'))
  if (first < 0) return []
  let number = 0
  return lines
    .slice(first, lines.at(-1) === '' ? -1 : undefined)
    .slice(0, maxLines + 1)
    .map((line) => {
      const hunk = /^@@ -\S+ \+(\d+)/.exec(line)
      if (hunk) {
        number = Number(hunk[1]) - 1
        return line
      }
      if (!line.startsWith('+') && !line.startsWith(' ')) return `  ${line}`
      number += 1
      return `${number} ${line}`
    })
}
