import { posix } from 'node:path'
import * as z from 'zod'
import { callText, count, fitLines, reserved } from './clip.ts'
import { entryLine } from './file-info.ts'
import { defineTool } from '../core/tool.ts'
import { escapeName } from '../text/escape.ts'

/** Each file of a listing is opened to get its size. */
const maxEntries = 512
const filesAtOnce = 32

export const listDirectory = defineTool({
  name: 'list_directory',
  description: 'List the files and folders in a folder.',
  parameters: z.object({
    path: z.string().optional().describe('The folder; without it, the whole workspace'),
    pattern: z.string().optional().describe('A glob such as *.ts, or **/*.ts for all folders below'),
  }),
  async run({ path, pattern }, { workspace, signal, maxChars }) {
    const under = workspace.relative(path || '.')
    const { paths, truncated } = await workspace.list({ under, pattern: pattern ?? '*', folders: true })
    const place = under === '.' ? 'the workspace' : escapeName(under)
    const matching = pattern === undefined ? '' : ` that match "${pattern}"`
    if (paths.length === 0) return `No files${matching} in ${place} (ignored and secret ones are never listed)`

    const lines: string[] = []
    for (let at = 0; at < Math.min(paths.length, maxEntries); at += filesAtOnce) {
      signal.throwIfAborted()
      lines.push(...(await Promise.all(paths.slice(at, at + filesAtOnce).map((entry) => entryLine(entry, workspace)))))
    }
    const { shown } = fitLines(lines, maxChars - reserved)
    const total = `${truncated ? 'more than ' : ''}${count(paths.length, 'entry', 'entries')}`
    const hidden = paths.length - shown.length
    const note =
      hidden > 0 || truncated ? [`[${hidden || 'some'} not shown; ask for less: ${nextCall(paths[shown.length])}]`] : []
    return [`${place}: ${total}${matching}`, ...shown, ...note].join('\n')

    function nextCall(first = under): string {
      const folder = posix.dirname(first.replace(/\/$/, ''))
      const isDeep = pattern?.includes('/')
      const glob = isDeep ? posix.basename(pattern ?? '') : `${posix.basename(first).charAt(0)}*`
      return callText('list_directory', { path: isDeep ? folder : under, pattern: glob })
    }
  },
})
