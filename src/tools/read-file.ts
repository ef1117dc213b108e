import * as z from 'zod'
import { LocalBrainError } from '../errors.ts'
import { splitLines } from '../workspace/decode.ts'
import { callText, count, fitLines, lossyNote, maxLineLength, maxLines, reserved } from './clip.ts'
import { defineTool } from '../core/tool.ts'
import { escapeName } from '../text/escape.ts'

const maxBytes = 2 * 1024 * 1024

export const readFile = defineTool({
  name: 'read_file',
  description: 'Read a text file, with line numbers.',
  parameters: z.object({
    path: z.string().describe('The path of the file'),
    offset: z.int().optional().describe('The first line to read'),
    limit: z.int().optional().describe('How many lines to read'),
  }),
  async run({ path, ...range }, { workspace, seen, maxChars }) {
    // Some models count from 0, or write 0 or -1 for "all". It does no harm to accept that.
    const offset = Math.max(1, range.offset ?? 1)
    const limit = range.limit !== undefined && range.limit > 0 ? range.limit : undefined
    const file = await workspace.read(path, { maxBytes })
    const name = escapeName(file.path)
    const lines = splitLines(file.text)
    const total = `${count(lines.length, 'line')}${file.truncated ? ' that can be read' : ''}`
    if (lines.length === 0) {
      seen?.note(file.path, file.text, { from: 1, to: 0, of: 0 })
      return `${name} is empty`
    }
    if (offset > lines.length) {
      throw new LocalBrainError('usage', `${name} has ${total}: offset=${offset} is past its end`)
    }
    const wanted = lines.slice(offset - 1, offset - 1 + Math.min(limit ?? maxLines, maxLines))
    const { shown, cut } = fitLines(
      wanted.map((line, index) => `${offset + index}| ${line}`),
      maxChars - reserved,
    )
    const next = offset + shown.length
    // Of a line that was cut, a part is unknown.
    if (!cut && !file.truncated) seen?.note(file.path, file.text, { from: offset, to: next - 1, of: lines.length })
    const notes = [
      file.lossy && lossyNote,
      cut &&
        `[lines are cut at ${maxLineLength} characters; ${callText('search_code', { path: file.path })} pattern="…" shows more of a line]`,
      next <= lines.length &&
        `[more from line ${next} on: ${callText('read_file', { path: file.path, offset: next, limit })}]`,
      file.truncated &&
        next > lines.length &&
        `[the file goes on, but only its first ${maxBytes / 1024 / 1024} MB can be read]`,
    ]
    return [`${name}, lines ${offset}-${next - 1} of ${total}`, ...shown, ...notes.filter(Boolean)].join('\n')
  },
})
