import * as z from 'zod'
import { isError } from '../errors.ts'
import { splitLines } from '../workspace/decode.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { callText, count, fitLines, lossyNote, maxLines, reserved } from './clip.ts'
import { createMatcher, type LineMatches } from './line-matcher.ts'
import { type FileMatches, showMatches } from './matches.ts'
import { defineTool, type ToolContext } from '../core/tool.ts'
import { escapeName } from '../text/escape.ts'

/** The matches to show of each file, when several are searched. */
const maxMatchesOfFile = 20
const limitMs = 15_000
const filesAtOnce = 16

const parameters = z.object({
  pattern: z
    .string()
    .refine((text) => text !== '' && text.length <= 500, 'must have 1 to 500 characters')
    .describe('A regular expression, or plain text'),
  path: z.string().optional().describe('The file or folder to search; without it, the whole workspace'),
  glob: z.string().optional().describe('Which files to search, such as *.ts'),
  ignore_case: z.boolean().optional().describe('Whether upper and lower case are the same'),
})

type Search = z.infer<typeof parameters>

export const searchCode = defineTool({
  name: 'search_code',
  description: 'Search the files for lines that match a pattern, and show the functions they are in.',
  parameters,
  async run(args, context) {
    const { workspace, signal } = context
    const matcher = await createMatcher(args.pattern, args.ignore_case)
    const { paths, isFile, truncated } = await findPaths(args, workspace)
    const results = createResults(args, context, isFile)
    const end = Date.now() + limitMs
    let searched = 0
    const cut: string[] = []
    for (let at = 0; at < paths.length && Date.now() < end; at += filesAtOnce) {
      signal.throwIfAborted()
      const group = paths.slice(at, at + filesAtOnce)
      const files = await Promise.all(group.map((path) => readText(path, workspace)))
      for (const file of files) {
        if (Date.now() > end) break
        searched += 1
        if (file?.truncated) cut.push(file.path)
        // Split one file at a time, since lines take many times the memory of their text.
        const lines = splitLines(file?.text ?? '')
        if (file) await results.add({ ...file, lines }, matcher.match(lines))
      }
    }
    const notes = [
      !matcher.isRegExp &&
        '[the pattern is not a valid regular expression (there is no lookaround and no backreference): it was searched for as plain text]',
      cut.length > 0 && cutFilesNote(cut),
      searched < paths.length && `[stopped after ${searched} of ${paths.length} files: search a smaller path]`,
      truncated && '[there are too many files to search: search a smaller path]',
    ]
    return [...results.lines(searched), ...notes.filter((note) => note !== false)].join('\n')
  },
})

async function findPaths({ path, glob }: Search, workspace: Workspace) {
  const under = workspace.relative(path || '.')
  const isFile = (await workspace.info(under)).kind === 'file'
  if (isFile) return { paths: [under], isFile, truncated: false }
  return { ...(await workspace.list({ under, pattern: glob, anyDepth: true })), isFile }
}

/** Undefined for a file that is not text or has gone in the meantime. */
async function readText(path: string, workspace: Workspace) {
  try {
    const { text, truncated, lossy } = await workspace.read(path)
    return { path, text, truncated, lossy }
  } catch (error) {
    if (isError(error, 'unreadable-file', 'not-available')) return undefined
    throw error
  }
}

/** Shows what fits and counts the rest. Only one file is in memory at a time. */
function createResults(args: Search, { maxChars }: ToolContext, isFile: boolean) {
  const shown: string[] = []
  const skipped: string[] = []
  let left = maxChars - 2 * reserved
  let matches = 0
  let files = 0
  const again = (path = '') => callText('search_code', { ...args, path, glob: undefined })
  return {
    async add(file: Omit<FileMatches, 'found'> & { lossy: boolean }, { found, total }: LineMatches) {
      const { path } = file
      if (total === 0) return
      files += 1
      matches += total
      if (left < 0 || shown.length > maxLines) {
        skipped.push(path)
        return
      }
      const some = isFile ? found : found.slice(0, maxMatchesOfFile)
      const lines = await showMatches({ ...file, found: some })
      const fitting = fitLines(lines, left).shown
      if (fitting.length < lines.length) fitting.push(cutNote(path, fitting))
      else if (some.length < total) fitting.push(`[${total - some.length} more in ${escapeName(path)}: ${again(path)}]`)
      if (file.lossy && fitting.some((line) => line.includes('\ufffd'))) fitting.push(lossyNote)
      left -= fitting.join('\n').length + 1
      shown.push(...fitting)
    },
    lines(searched: number): string[] {
      const place = `${escapeName(args.path || 'the workspace')}${args.glob ? ` (${args.glob})` : ''}`
      if (matches === 0)
        return [`No matches for ${JSON.stringify(args.pattern)} in ${place}, ${count(searched, 'file')}`]
      const head = `${count(matches, 'match', 'matches')} in ${count(files, 'file')} of ${place}`
      if (skipped.length === 0) return [head, ...shown]
      const names = `${fitLines(skipped.map(escapeName), reserved / 2).shown.join(', ')}${skipped.length > 1 ? ' …' : ''}`
      return [head, ...shown, `[${count(skipped.length, 'more file')}: ${names}; to see one, ${again(skipped[0])}]`]
    },
  }
}

/** Names the files that were read only up to a megabyte. */
function cutFilesNote(paths: readonly string[]): string {
  const names = `${fitLines(paths.map(escapeName), reserved / 2).shown.join(', ')}${paths.length > 1 ? ' …' : ''}`
  return `[only the first MB was searched of ${count(paths.length, 'file')}: ${names}; read_file reads further]`
}

function cutNote(path: string, shown: readonly string[]): string {
  const last = shown.map((line) => /^(\d+)[:-] /.exec(line)?.[1]).findLast((number) => number !== undefined)
  return `[cut; use a narrower pattern, or ${callText('read_file', { path, offset: Number(last ?? 0) + 1 })}]`
}
