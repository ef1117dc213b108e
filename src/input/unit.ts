import { withoutReturn } from '../workspace/decode.ts'
import { escapeName } from '../text/escape.ts'
import { kinds, marks } from '../workspace/git/patch.ts'
import type { ReviewRules } from './review-rules.ts'

/** One line that the model is shown. `number` is the line in the new file, from 1; removed lines have no number. */
export type UnitLine = { number: number | null; kind: 'added' | 'context' | 'removed'; text: string }

/** What one model call looks at. Line numbers count from 1 and include both ends. */
export type Unit = {
  /** Relative to the root, `/`-separated; `<stdin>` for piped text. */
  path: string
  language: string
  kind: 'file' | 'hunk' | 'text'
  side: 'new' | 'old'
  startLine: number
  endLine: number
  /** Its text in a prompt: a file's text as written, or a diff's lines with their numbers. See linesOf. */
  text: string
  /** The definition it lies in, as a reader would call it. */
  scope?: string
  /** Set when one file had to be divided; `index` counts from 1. */
  part?: { index: number; of: number; lines: number /** It starts or ends inside a line. */; cut?: true }
}

/**
 * Something that is not looked at, and why. Without lines it is the whole file; without `endLine`, the rest of it.
 * `gap`: a limit or a failure left it out, not a rule.
 */
export type NotReviewed = {
  path: string
  reason: string
  startLine?: number
  endLine?: number
  gap?: true
  /** It lies beside the work, which it is no part of. */
  beside?: true
}

export type ScopeKind = 'files' | 'staged' | 'unstaged' | 'base' | 'stdin' | 'prompt' | 'spec'

/** The work of a run: together, units and skipped are the whole input. */
export type Gathered = {
  scope: { kind: ScopeKind; base: string | null }
  units: Unit[]
  skipped: NotReviewed[]
  /** The whole diff as text, when the work is a diff. */
  diff: string
  branch: string
  /** What the project says about its reviews: of a change, where it is asked for. */
  rules?: ReviewRules
  warnings: string[]
}

/** A file of the work that was not read yet. `bytes`: of the largest unit that it may become, about. */
export type Unread = { path: string; bytes: number }

/** Work that is read piece by piece, as it is asked for: what it is about is known from the start. */
export type Gathering = {
  /** What was read so far; once `more` has resolved with false, all of it. */
  readonly gathered: Gathered
  /** Reads on, a file or a few. False: there was nothing left. Rejects with the signal's reason. */
  more: () => Promise<boolean>
  unread: () => Iterable<Unread>
}

/** One source of the work: a diff, files, or piped text. */
export type Source = {
  /** Reads a file or a few at a time, and gives their units. */
  read: AsyncGenerator<Unit[]>
  unread: () => Iterable<Unread>
  /** What is known to be left out, which grows while it is read. */
  skipped: NotReviewed[]
  warnings: string[]
  /** Changes as text, as far as they were read. */
  diff: () => string
}

/** What came through a pipe. `lossy`: some bytes were not valid in its encoding and stand as U+FFFD. */
export type PipedText = { text: string; lossy: boolean }

/** What a person gave to work on. `files` may be files, folders and globs. */
export type Work = {
  files: readonly string[]
  dir?: string
  /** With `dir`: one glob or several; a file has to match one of them. */
  pattern?: string | readonly string[]
  stdin?: string | PipedText
  /** What a person calls the piped text: `code` also where it reads as prose. */
  kind?: string
  /**
   * `head`: what is compared with the base; default what is checked out. Without a base, what is not committed; `only`:
   * never the staged, or the unstaged, changes.
   */
  diff?: { base?: string; head?: string; only?: 'staged' | 'unstaged' }
  prompt: string
}

export type GatherContext = {
  /** Characters of a diff that small hunks of one file may share. */
  unitChars: number
  /** The folder that the names in the work start from; default the root. */
  cwd?: string
  /** False: the branch is not needed, so git is not asked. */
  branch?: boolean
  /** Look for the project's review rules, where the work is a change. */
  rules?: boolean
  signal?: AbortSignal
  /** Is called when there is something to look at, and git or the disk to wait for. */
  onFound?: () => Promise<void>
}

/** All that one source of a run reads, as `sizeOf` counts: what a machine holds beside a model. */
export const maxText = 6_000_000

/** A line takes memory of its own, whatever is in it. */
const lineSize = 24

export function sizeOf(chars: number, lines: number): number {
  return chars + lines * lineSize
}

/** The first lines of a text, as many as one source may take: nearly always all of them. */
export function clipLines(text: string): string {
  let size = 0
  for (let end = 0; end < text.length; ) {
    const next = text.indexOf('\n', end) + 1 || text.length
    size += sizeOf(next - end, 1)
    if (size > maxText && end > 0) return text.slice(0, end)
    end = next
  }
  return text
}

/** The units of each path, in their order. */
export function unitsByPath(units: readonly Unit[]): Map<string, Unit[]> {
  const paths = new Map<string, Unit[]>()
  for (const unit of units) {
    const same = paths.get(unit.path)
    if (same) same.push(unit)
    else paths.set(unit.path, [unit])
  }
  return paths
}

/** How many lines a text has, as git counts them. */
export function countLines(text: string): number {
  let count = text === '' || text.endsWith('\n') ? 0 : 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

/**
 * What the model is shown of a unit, line by line. Made of its text each time: of a large input all lines together
 * would take many times as much memory as it does.
 */
export function* eachLine({ kind, text, startLine }: Pick<Unit, 'kind' | 'text' | 'startLine'>): Generator<UnitLine> {
  let number = startLine
  for (const line of rawLines(text)) {
    const shown = kind === 'hunk' ? parseLine(line) : { number, kind: 'context' as const, text: bare(line) }
    number += 1
    if (shown) yield shown
  }
}

export function linesOf(unit: Pick<Unit, 'kind' | 'text' | 'startLine'>): UnitLine[] {
  return [...eachLine(unit)]
}

/** The lines of a text with their ends. */
export function* rawLines(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at) + 1 || text.length
    yield text.slice(at, end)
    at = end
  }
}

function bare(line: string): string {
  return withoutReturn(line.endsWith('\n') ? line.slice(0, -1) : line)
}

/** A line as renderLines writes it, unlike the header and `…`. */
function parseLine(line: string): UnitLine | undefined {
  const [, mark = '', number = '', text = ''] = /^([+ -]) +(\d*) \| (.*)\n$/s.exec(line) ?? []
  const kind = kinds[mark]
  return kind && { number: number === '' ? null : Number(number), kind, text }
}

/** Columns that the numbers of a diff's lines take. */
export function numberWidth(lines: Iterable<UnitLine>): number {
  let last: number | null = null
  for (const { number } of lines) last = number ?? last
  return Math.max(2, `${last ?? ''}`.length)
}

/** A diff's lines as a model is shown them: `  13 | code`, `+ 14 | code`, `-    | code`; a gap is a line with `…`. */
export function renderLines(lines: readonly UnitLine[]): string {
  const width = numberWidth(lines)
  let last: number | null = null
  const rendered = lines.map((line) => {
    const gap = line.number !== null && last !== null && line.number > last + 1 ? '…\n' : ''
    last = line.number ?? last
    return `${gap}${marks[line.kind]} ${(line.number?.toString() ?? '').padStart(width)} | ${line.text}\n`
  })
  return rendered.join('')
}

/** The top of a diff's unit. A name cannot break out of its line. */
export function renderHeader(unit: Pick<Unit, 'path' | 'language' | 'scope'>): string {
  const scope = unit.scope === undefined ? '' : `, function: ${escapeName(unit.scope)}`
  return `FILE ${escapeName(unit.path)} (${unit.language})${scope}\n`
}

export function lossyWarning(path: string): string {
  return `"${path}" is not valid UTF-8: broken bytes are shown as U+FFFD`
}
