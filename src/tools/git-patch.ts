import { callText, count, fitLines, lossyNote, maxLines, reserved } from './clip.ts'
import type { Change } from '../workspace/git/change-list.ts'
import { isNamedBinary } from '../workspace/decode.ts'
import { readPatch } from '../workspace/git/changes.ts'
import { hunksOf, marks, type PatchLine, type PatchSection } from '../workspace/git/patch.ts'
import { findChanges, gitOf, gitPath, type Scope } from './git-changes.ts'
import { createSideReader } from '../workspace/text-sides.ts'
import type { ToolContext } from '../core/tool.ts'
import { escapeName } from '../text/escape.ts'

/** More is never shown, so git is not asked for more. */
const limits = { files: 200, changedLines: 20_000, bytes: 4 * 1024 * 1024 }

/** Changes of which both sides are read, since git shows no text of them. */
const maxApart = 20

/** Characters for the names of files that are not shown. */
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
export function changeLine({ path, oldPath, status, size }: Change): string {
  const name = oldPath === undefined ? escapeName(path) : `${escapeName(oldPath)} -> ${escapeName(path)}`
  const extent = size === null ? ' binary' : size ? ` +${size.added} -${size.removed}` : ''
  return `${letters[status] ?? 'changed'} ${name}${extent}`
}

type Patch = { scope: Scope; path: string; again: (path: string) => string }

/**
 * The changes in a scope as text: whole files as long as they fit, the others by name with the call that shows them.
 * Undefined when nothing changed there.
 */
export async function showPatch(context: ToolContext, { scope, path, again }: Patch): Promise<string[] | undefined> {
  const changes = await findChanges(context, scope, path)
  if (changes.length === 0) return undefined
  const asked = chooseFirst(changes)
  // Git looks for renames in what it takes for binary as well, however large that is.
  const texts = asked.filter(({ size }) => size !== null)
  const sections = texts.length === 0 ? new Map<string, string[]>() : await readSections(context, scope, texts)
  const readApart = createApartReader(context)
  const shown: string[] = []
  const left = new Set(changes)
  const room = () => context.maxChars - shown.join('\n').length - noteChars - reserved
  for (const change of asked) {
    if (room() < 0) break
    const { line, text } = sections.has(change.path)
      ? { line: changeLine(change), text: sections.get(change.path) }
      : await readApart(change)
    const lines = [line, ...(text ?? [])]
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
  return changes.slice(0, limits.files).filter(({ size }, index) => {
    lines += (size?.added ?? 0) + (size?.removed ?? 0)
    return index === 0 || lines <= limits.changedLines
  })
}

function continuation({ path, status }: Change, { past }: Scope, shown: readonly string[]): string {
  const last = shown.map((line) => /^(\d+) [ +]/.exec(line)?.[1]).findLast((number) => number !== undefined)
  if (status === 'D' || last === undefined) return `[the rest of this change is too long to show]`
  if (past)
    return `[cut; no call shows more of this old change. ${escapeName(path)} as it is now: ${callText('read_file', { path })}]`
  return `[cut; for the rest of ${escapeName(path)}: ${callText('read_file', { path, offset: Number(last) + 1 })}]`
}

/** The hunks of each file by its path, with the line numbers of the new file. */
async function readSections(context: ToolContext, { sides }: Scope, changes: readonly Change[]) {
  const fromTop = (path: string) => gitPath(context, path)
  const wanted = changes.map(({ path, oldPath }) =>
    oldPath === undefined ? { path: fromTop(path) } : { path: fromTop(path), oldPath: fromTop(oldPath) },
  )
  const options = { wanted, context: 3, maxBytes: limits.bytes, clip: true }
  const { sections, lossy } = await readPatch(gitOf(context), sides, options)
  return new Map(
    changes.flatMap(({ path }) => {
      const section = sections.get(fromTop(path))
      return section ? [[path, numbered(section, lossy && isMarked(section))] as const] : []
    }),
  )
}

function isMarked(section: PatchSection): boolean {
  return section.some(({ lines }) => lines.some(({ text }) => text.includes('\ufffd')))
}

/** A change in one line and, where it can be had, its text. */
type Told = { line: string; text?: string[] | undefined }

/** Reads the text of the first changes that git takes for binary and that may be none, such as UTF-16. */
export function createApartReader(context: ToolContext): (change: Change) => Promise<Told> {
  const readSides = createSideReader({ ...context.workspace, git: gitOf(context) })
  const fromTop = (path: string) => gitPath(context, path)
  let read = 0
  return async (change) => {
    const { path, oldPath, size, status } = change
    const line = changeLine(change)
    if (size !== null || status === 'U' || isNamedBinary(path) || ++read > maxApart) return { line }
    const names = { path: fromTop(path), oldPath: oldPath === undefined ? undefined : fromTop(oldPath) }
    const sides = await readSides({ ...change, ...names })
    if (sides === 'binary') return { line }
    if (sides === 'too large') return { line: `${line}, too large to be shown` }
    if (sides === 'missing') return { line: `${line}, and git has no text of it` }
    const countOf = (wanted: PatchLine['kind']) => sides.lines.filter(({ kind }) => kind === wanted).length
    const counted = { ...change, size: { added: countOf('added'), removed: countOf('removed') } }
    return { line: changeLine(counted), text: numbered(hunksOf(sides.lines), sides.lossy) }
  }
}

function numbered(section: PatchSection, lossy: boolean): string[] {
  const lines = section.flatMap(({ header, lines: inside }) => [
    header,
    ...inside.flatMap((line) => {
      const text = `${line.new ?? ' '} ${marks[line.kind]}${line.text}`
      return line.unended ? [text, '  \\ No newline at end of file'] : [text]
    }),
  ])
  return [...(lossy ? [lossyNote] : []), ...lines].slice(0, maxLines + 1)
}
