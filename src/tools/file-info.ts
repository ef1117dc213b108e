import * as z from 'zod'
import { isError } from '../errors.ts'
import { languageOf } from '../syntax/language.ts'
import { escapeName } from '../text/escape.ts'
import { splitLines } from '../workspace/decode.ts'
import type { FileInfo, Workspace } from '../workspace/workspace.ts'
import { count } from './clip.ts'
import { defineTool } from '../core/tool.ts'

export const fileInfo = defineTool({
  name: 'file_info',
  description: 'Show size, kind, language and number of lines of a file.',
  parameters: z.object({ path: z.string().describe('The file or folder') }),
  async run({ path }, { workspace }) {
    const info = await workspace.info(path)
    const modified = info.modified ? `, modified ${info.modified.toISOString().slice(0, 16).replace('T', ' ')} UTC` : ''
    return `${escapeName(info.path)}: ${await describe(info, workspace)}${modified}`
  },
})

async function describe(info: FileInfo, workspace: Workspace): Promise<string> {
  if (info.kind === 'directory') return 'folder'
  if (info.binary) return `binary file, ${sizeText(info.size)}`
  const { text, truncated } = await workspace.read(info.path)
  const lines = count(splitLines(text).length, 'line')
  return `${languageOf(info.path, text)} file, ${sizeText(info.size)}, ${truncated ? 'more than ' : ''}${lines}`
}

/** One line of a listing: a folder with a trailing `/`, or a file and its size. */
export async function entryLine(path: string, workspace: Workspace): Promise<string> {
  const name = escapeName(path)
  if (path.endsWith('/')) return name
  try {
    const { size, binary } = await workspace.info(path)
    return `${name}  ${sizeText(size)}${binary ? ', binary' : ''}`
  } catch (error) {
    // Gone since it was listed.
    if (isError(error, 'not-available')) return name
    throw error
  }
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return count(bytes, 'byte')
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
