import { type Definition, definitionsOf, enclosing } from '../syntax/definitions.ts'
import { languageOf } from '../syntax/language.ts'
import { cutLine, maxLineLength } from './clip.ts'
import type { LineMatch } from './line-matcher.ts'
import { escapeName } from '../text/escape.ts'

/** How many lines to show before and after a match. */
const around = 1

export type FileMatches = { path: string; text: string; lines: readonly string[]; found: readonly LineMatch[] }

/**
 * The matches in one file, each below the definition that it is in. As in grep, `15:` marks a line that matches and
 * `14-` one that does not.
 */
export async function showMatches({ path, text, lines, found }: FileMatches): Promise<string[]> {
  const wanted = withNeighbours(found, lines.length)
  const definitions = await definitionsOf(text, languageOf(path, text))
  const columns = new Map(found.map(({ line, column }) => [line, column]))
  const shown: string[] = [escapeName(path)]
  let scope: Definition | undefined
  let last = -1
  for (const line of wanted) {
    const column = columns.get(line)
    const definition = enclosing(definitions, line + 1)
    if (definition !== undefined && definition !== scope) {
      shown.push(`in ${definition.kind} ${definition.name}, lines ${definition.startLine}-${definition.endLine}`)
    } else if (last >= 0 && line > last + 1) {
      shown.push('--')
    }
    scope = definition
    last = line
    const content = lines[line] ?? ''
    shown.push(column === undefined ? `${line + 1}- ${cutLine(content)}` : `${line + 1}: ${cutAround(content, column)}`)
  }
  return shown
}

function withNeighbours(found: readonly LineMatch[], total: number): number[] {
  const all = found.flatMap(({ line }) => Array.from({ length: 2 * around + 1 }, (_, index) => line + index - around))
  return [...new Set(all)].filter((line) => line >= 0 && line < total).sort((a, b) => a - b)
}

/** Shows the part of a long line that matches. */
function cutAround(line: string, column: number): string {
  if (line.length <= maxLineLength || column < maxLineLength / 2) return cutLine(line)
  const from = column - maxLineLength / 4
  return `…${line.slice(from, from + maxLineLength)}… (from character ${from + 1} of ${line.length})`
}
