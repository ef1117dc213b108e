import * as z from 'zod'
import { definitionsOf } from '../syntax/definitions.ts'
import { grammarOf, languageOf } from '../syntax/language.ts'
import { callText, count, fitLines, reserved } from './clip.ts'
import { defineTool } from '../core/tool.ts'
import { escapeName } from '../text/escape.ts'

export const listDefinitions = defineTool({
  name: 'list_definitions',
  description: 'Outline a source file: its functions, classes, methods and types with their line ranges.',
  parameters: z.object({ path: z.string().describe('The source file') }),
  async run({ path }, { workspace, maxChars }) {
    const file = await workspace.read(path)
    const name = escapeName(file.path)
    const language = languageOf(file.path, file.text)
    const reading = `${callText('read_file', { path: file.path })} shows the file`
    if (grammarOf(language) === undefined) return `Cannot list the definitions in ${language} files; ${reading}`
    const definitions = await definitionsOf(file.text, language)
    if (definitions.length === 0) return `No definitions in ${name}; ${reading}`
    const lines = definitions.map(
      ({ depth, startLine, endLine, signature }) => `${'  '.repeat(depth)}${startLine}-${endLine} ${signature}`,
    )
    const { shown } = fitLines(lines, maxChars - reserved)
    const next = definitions[shown.length]
    const note = next
      ? [`[${lines.length - shown.length} more: ${callText('read_file', { path: file.path, offset: next.startLine })}]`]
      : []
    const cut = file.truncated ? [`[the file is long: only its beginning was read]`] : []
    return [`${name}: ${count(lines.length, 'definition')}`, ...shown, ...note, ...cut].join('\n')
  },
})
