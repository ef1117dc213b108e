import * as z from 'zod'
import { defineTool } from '../core/tool.ts'
import { LocalBrainError } from '../errors.ts'
import { type Definition, definitionsOf } from '../syntax/definitions.ts'
import { grammarOf, languageOf, separatorOf } from '../syntax/language.ts'
import { suggestion } from '../text/nearest.ts'
import { reserved } from './clip.ts'
import { editorOf, openKnown, planText } from './draft-plan.ts'
import { lazy } from './edit-file.ts'
import { withEndsOf } from './find-passage.ts'
import { lazyMarker } from './lazy-marker.ts'
import { createLineTable } from './line-table.ts'
import { rangeText, shownRanges } from './numbered.ts'

export const replaceDefinition = defineTool({
  name: 'replace_definition',
  description: 'Replace a whole function, class, method or type by its name, with its decorators and doc comment.',
  access: 'write',
  parameters: z.object({
    path: z.string().describe('The source file'),
    name: z.string().describe('Its name as list_definitions shows it, such as Server.start'),
    code: z
      .string()
      .refine((value) => value.length <= 65_536, 'must have at most 64 kB')
      .describe('The whole new definition'),
  }),
  async plan({ path, name, code }, context) {
    const file = await openKnown(path, context)
    const language = languageOf(file.path, file.text)
    if (grammarOf(language) === undefined)
      throw new LocalBrainError('usage', `definitions in ${language} files are not known; use edit_file`)
    const marker = lazyMarker(code, file.text)
    if (marker !== undefined) throw lazy(file.path, marker)
    const definitions = await definitionsOf(file.text, language)
    const found = findOne(definitions, name, { path: file.path, separator: separatorOf(language) })
    refuseShared(found, definitions, file.path)
    const { text, endLine } = put(file.text, found, code)
    const range = { startLine: found.startLine, endLine }
    const now = await definitionsOf(text, language)
    // guard: same-definition
    if (!now.some((one) => one.name === found.name && one.startLine >= range.startLine && one.endLine <= endLine)) {
      throw new LocalBrainError('usage', `code does not define ${found.name}; nothing was changed`)
    }
    const shown = shownRanges(text, [range], context.maxChars - reserved)
    const result = [`${file.path}: ${found.name} replaced, now ${rangeText(range)}`, ...shown].join('\n')
    return planText(editorOf(context).replace(file, text), context, { result })
  },
})

/** By its whole name, else by its last part. */
function findOne(
  definitions: readonly Definition[],
  name: string,
  { path, separator }: { path: string; separator: string },
): Definition {
  const wanted = name.trim().replace(/\(.*$/s, '')
  const exact = definitions.filter((one) => one.name === wanted)
  const found = exact.length > 0 ? exact : definitions.filter((one) => one.name.split(separator).at(-1) === wanted)
  const [only, ...others] = found
  if (only === undefined) {
    const names = [...new Set(definitions.map((one) => one.name))]
    const hint =
      names.length === 0
        ? 'it defines nothing that is known here; use edit_file'
        : suggestion(wanted, names.slice(0, 40))
    throw new LocalBrainError('usage', `${path} has no definition of ${JSON.stringify(wanted.slice(0, 60))}; ${hint}`)
  }
  if (others.length > 0) {
    const places = found.slice(0, 10).map((one) => `${one.name} (${rangeText(one)})`)
    throw new LocalBrainError(
      'usage',
      `${path} has ${found.length} of them: ${places.join(', ')}; give the whole name, or use edit_file`,
    )
  }
  return only
}

/** Whole lines are replaced, so nothing else may begin or end on them. */
function refuseShared(wanted: Definition, definitions: readonly Definition[], path: string): void {
  const { startLine, endLine } = wanted
  const shares = definitions.some((one) => {
    if (one === wanted || one.endLine < startLine || one.startLine > endLine) return false
    const isInner = one.depth > wanted.depth && one.startLine >= startLine && one.endLine <= endLine
    return !isInner && !(one.startLine < startLine && one.endLine >= endLine)
  })
  if (shares) {
    const problem = `${wanted.name} shares ${rangeText(wanted)} of ${path} with another definition`
    throw new LocalBrainError('usage', `${problem}; use edit_file`)
  }
}

/** As far in as the definition was. */
function put(text: string, { startLine, endLine }: Definition, code: string): { text: string; endLine: number } {
  const table = createLineTable(text)
  const [start = 0, end = text.length] = [table.start[startLine - 1], table.end[endLine - 1]]
  const lines = code
    .replace(/\r\n/g, '\n')
    .replace(/^\n+|\s+$/g, '')
    .split('\n')
  const missing = indentOf(text.slice(start)).slice(indentOf(lines[0] ?? '').length)
  const shifted = lines.map((line) => (line.trim() === '' ? line : missing + line))
  const written = withEndsOf(text, shifted.join('\n'))
  return { text: text.slice(0, start) + written + text.slice(end), endLine: startLine + lines.length - 1 }
}

function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? ''
}
