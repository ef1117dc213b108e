import * as z from 'zod'
import { type ToolContext, defineTool } from '../core/tool.ts'
import { LocalBrainError } from '../errors.ts'
import { splitLines } from '../workspace/decode.ts'
import type { OpenedFile } from '../workspace/edit.ts'
import { callText, count, reserved } from './clip.ts'
import { editorOf, openKnown, planText } from './draft-plan.ts'
import { lazyMarker } from './lazy-marker.ts'
import { nearestLines } from './nearest-lines.ts'
import { numbered, rangeText, shownRanges } from './numbered.ts'
import { type Edit, type Replaced, replaceText } from './replace-text.ts'

const text = z.string().refine((value) => value.length <= 65_536, 'must have at most 64 kB')

export const editFile = defineTool({
  name: 'edit_file',
  description: 'Replace lines of a file.',
  access: 'write',
  parameters: z.object({
    path: z.string().describe('The file'),
    old: text.describe('The lines as they are now, copied exactly, with enough around them to be found once'),
    new: text.describe('The new lines'),
    all: z.boolean().optional().describe('true: replace every place, not only one'),
  }),
  async plan({ path, all = false, ...wanted }, context) {
    const file = await openKnown(path, context)
    const edit = { ...wanted, all }
    refuseEmpty(file, edit, context)
    const replaced = replaceText(file.text, edit)
    if (replaced.outcome !== 'replaced') throw notReplaced(file, edit, { replaced, context })
    refuseUnread(file, replaced, context)
    const draft = editorOf(context).replace(file, replaced.text)
    const { ranges } = replaced
    const [first = { startLine: 1, endLine: 1 }] = ranges
    const what = ranges.length > 1 ? count(ranges.length, 'place') : rangeText(first)
    const shown = shownRanges(replaced.text, ranges, context.maxChars - reserved)
    return planText(draft, context, { result: [`${file.path}: ${what} changed`, ...shown].join('\n') })
  },
})

type Known = OpenedFile & { text: string }

function refuseEmpty(file: Known, { old, new: now }: Edit, { maxChars }: ToolContext): void {
  const { path } = file
  if (old === '') {
    const insert = 'to insert lines, put the line before them into old, and into new with them behind it'
    throw new LocalBrainError('usage', `old is empty; ${insert}; write_file makes a new file`)
  }
  if (old === now) {
    const replaced = replaceText(file.text, { old, new: '', all: true })
    const shown = replaced.outcome === 'replaced' ? nowThere(file, old, maxChars) : []
    throw new LocalBrainError('usage', ['old and new are the same; nothing was changed', ...shown].join('\n'))
  }
  const marker = lazyMarker(now, file.text)
  // guard: lazy-refused
  if (marker !== undefined) throw lazy(path, marker)
}

export function lazy(path: string, marker: string): LocalBrainError {
  const problem = `"${marker}" stands for lines that are not written out, and would replace them in ${path}`
  return new LocalBrainError(
    'usage',
    `${problem}; nothing was changed. Write every line, or edit only the lines that change`,
  )
}

function nowThere({ path, text: whole }: Known, old: string, maxChars: number): string[] {
  const before = whole.slice(0, Math.max(0, whole.indexOf(old)))
  const startLine = before.split('\n').length
  const range = { startLine, endLine: startLine + splitLines(old).length - 1 }
  return [`${path}, ${rangeText(range)}:`, ...numbered(whole, range, maxChars / 2)]
}

type Failed = { replaced: Exclude<Replaced, { outcome: 'replaced' }>; context: ToolContext }

function notReplaced(file: Known, { old }: Edit, { replaced, context }: Failed): LocalBrainError {
  const { path, text: whole } = file
  const { maxChars } = context
  if (replaced.outcome === 'already-there') {
    const shown = shownRanges(whole, replaced.ranges, maxChars - reserved)
    return new LocalBrainError(
      'usage',
      [`${path} has this already; nothing was changed. It says:`, ...shown].join('\n'),
    )
  }
  if (replaced.outcome === 'several') {
    const some = replaced.lines.slice(0, 10).join(', ')
    const more = replaced.lines.length > 10 ? ` and ${replaced.lines.length - 10} more` : ''
    const hint = 'make old longer, so that it is found once, or set all to true'
    return new LocalBrainError('usage', `that text is in ${path} more than once, at lines ${some}${more}; ${hint}`)
  }
  const near = nearestLines(splitLines(whole), splitLines(old))
  if (near === undefined) {
    return new LocalBrainError('usage', `that text is not in ${path}; read it: ${callText('read_file', { path })}`)
  }
  const range = { startLine: near.first, endLine: near.first + near.lines.length - 1 }
  const head = `that text is not in ${path}. The nearest is ${rangeText(range)}:`
  return new LocalBrainError(
    'usage',
    [head, ...numbered(whole, range, maxChars / 2), 'copy them exactly into old'].join('\n'),
  )
}

/** A text that is only nearly the one in the file may be guessed. */
function refuseUnread(
  { path, asRead = '' }: Known,
  { exactness }: Extract<Replaced, { outcome: 'replaced' }>,
  { seen }: ToolContext,
): void {
  const isExact = exactness === 'exact' || exactness === 'line-ends'
  // guard: lenient-needs-reading
  if (!isExact && seen?.of(path, asRead) === 'unseen') {
    throw new LocalBrainError(
      'usage',
      `old differs from ${path} in blanks; read it first: ${callText('read_file', { path })}`,
    )
  }
}
