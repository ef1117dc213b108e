import * as z from 'zod'
import { type ToolContext, defineTool } from '../core/tool.ts'
import { LocalBrainError } from '../errors.ts'
import { splitLines } from '../workspace/decode.ts'
import type { OpenedFile } from '../workspace/edit.ts'
import { callText, count, reserved } from './clip.ts'
import { editorOf, planText, refuseChanged } from './draft-plan.ts'
import { lazy } from './edit-file.ts'
import { withEndsOf } from './find-passage.ts'
import { lazyMarker } from './lazy-marker.ts'
import { numbered, rangeText } from './numbered.ts'

/** A longer file is not written anew: too much of it would be lost on the way. */
const maxLines = 400

export const writeFile = defineTool({
  name: 'write_file',
  description: 'Write a new file, or add to the end of one. To change a file, use edit_file.',
  access: 'write',
  parameters: z.object({
    path: z.string().describe('The file; folders are made'),
    content: z.string().describe('The whole text, or what to add'),
    append: z.boolean().optional().describe('true: add to the end of the file'),
  }),
  async plan({ path, content, append = false }, context) {
    const file = await editorOf(context).open(path)
    const { text: before = '' } = file
    const marker = lazyMarker(content, before)
    if (marker !== undefined) throw lazy(file.path, marker)
    if (file.text !== undefined) refuseChanged(file, context)
    if (append && file.text !== undefined) return planAppend(file, content, context)
    if (file.text !== undefined) refuseOverwrite(file, before, context)
    const text = settled(content, before)
    if (text === file.text) throw new LocalBrainError('usage', `${file.path} has exactly this text already`)
    const lines = splitLines(text).length
    const result =
      file.text === undefined
        ? `created ${file.path} (${count(lines, 'line')})`
        : `${file.path}: ${count(lines, 'line')} now, ${count(splitLines(before).length, 'line')} before`
    return planText(editorOf(context).replace(file, text), context, { result, knows: 'all' })
  },
})

/** With the line ends that the file has, and one at the end if it had one: models leave that out. */
function settled(content: string, before: string): string {
  const text = withEndsOf(before, content)
  const isClosed = text === '' || text.endsWith('\n') || (before !== '' && !before.endsWith('\n'))
  return isClosed ? text : withEndsOf(before, `${text}\n`)
}

async function planAppend(file: OpenedFile, content: string, context: ToolContext) {
  const { path, text: before = '' } = file
  const start = before === '' || before.endsWith('\n') ? before : withEndsOf(before, `${before}\n`)
  const text = start + settled(content, before === start ? before : '')
  const range = { startLine: splitLines(start).length + 1, endLine: splitLines(text).length }
  const last = { startLine: Math.max(1, range.endLine - 5), endLine: range.endLine }
  const shown = numbered(text, last, context.maxChars - reserved)
  const result = [`${path}: ${rangeText(range)} added, which ends with`, ...shown].join('\n')
  return planText(editorOf(context).replace(file, text), context, { result })
}

function refuseOverwrite({ path, asRead = '' }: OpenedFile, before: string, { seen }: ToolContext): void {
  const lines = splitLines(before).length
  const edit = callText('edit_file', { path, old: 'the lines as they are', new: 'the new lines' })
  // guard: long-file-kept
  if (lines > maxLines) {
    throw new LocalBrainError(
      'usage',
      `${path} has ${count(lines, 'line')}, too many to write anew; change a part: ${edit}`,
    )
  }
  // guard: read-before-write
  if (before !== '' && seen?.of(path, asRead) !== 'whole') {
    const read = callText('read_file', { path })
    throw new LocalBrainError(
      'usage',
      `${path} exists, and you have not read all of it; change a part: ${edit}; or first ${read}`,
    )
  }
}
