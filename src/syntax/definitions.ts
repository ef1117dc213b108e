import type { Node } from '@vscode/tree-sitter-wasm'
import { grammarOf, separatorOf } from './language.ts'
import { withTree } from './parse.ts'
import { describe, type Tag, tagsOf } from './tag.ts'
import type { DefinitionKind } from './tags.ts'

/** Lines count from 1 and include both ends, decorators and the comment directly above. */
export type Definition = {
  /** As a reader would call it, with what it lies in: `Server.start`, `Point::new`. */
  name: string
  kind: DefinitionKind
  startLine: number
  endLine: number
  /** Its first line or lines up to the body, on one line. */
  signature: string
  /** How many definitions it lies in. */
  depth: number
}

/** What a text defines, in order. Broken code gives what can be read of it, an unknown language nothing; never throws. */
export async function definitionsOf(text: string, language: string): Promise<Definition[]> {
  const grammar = grammarOf(language)
  if (grammar === undefined) return []
  try {
    const tags = await withTree(text, grammar, ({ matches }) => define(text, tagsOf(matches()), separatorOf(language)))
    return tags ?? []
  } catch {
    // The parser is a program of its own: whatever it trips over, the run goes on without definitions.
    return []
  }
}

/** The innermost definition that a line lies in. */
export function enclosing(definitions: readonly Definition[], line: number): Definition | undefined {
  return definitions.findLast(({ startLine, endLine }) => startLine <= line && line <= endLine)
}

function define(text: string, tags: readonly Tag[], separator: string): Definition[] {
  const found: Definition[] = []
  const open: { definition: Definition; end: number }[] = []
  let lead: Lead | undefined
  for (const tag of tags) {
    const { node } = tag
    const rows = rowsOf(node)
    const above = lead && isDirectlyAbove(lead, node, text) ? lead : undefined
    if (tag.kind === 'lead') {
      if (lead === undefined || node.startIndex >= lead.endIndex) lead = extend(above, node, text)
      continue
    }
    while ((open.at(-1)?.end ?? Infinity) <= node.startIndex) open.pop()
    const outer = open.at(-1)?.definition
    const described = describe(tag, outer?.kind, text)
    if (described === undefined) continue
    const name = outer === undefined ? described.name : `${outer.name}${separator}${described.name}`
    const [startLine, endLine] = [(above?.start ?? rows.start) + 1, rows.end + 1]
    const definition = { ...described, name, startLine, endLine, depth: open.length }
    found.push(definition)
    open.push({ definition, end: node.endIndex })
    lead = undefined
  }
  return found
}

/** Comments, decorators and the like that may belong to the next definition: the rows, and where they end. */
type Lead = { start: number; end: number; endIndex: number }

function rowsOf({ startPosition, endPosition }: Node): { start: number; end: number } {
  const start = startPosition.row
  // A comment that owns its line break ends in the first column of the next line.
  const end = endPosition.column === 0 && endPosition.row > start ? endPosition.row - 1 : endPosition.row
  return { start, end }
}

/** With nothing in between but words such as `export default`, or what opens a group. */
function isDirectlyAbove(lead: Lead, node: Node, text: string): boolean {
  return node.startPosition.row <= lead.end + 1 && /^[\s\w(]*$/.test(text.slice(lead.endIndex, node.startIndex))
}

/** A comment behind code on its line is about that code, unless that is a decorator. */
function extend(above: Lead | undefined, node: Node, text: string): Lead | undefined {
  const { start, end } = rowsOf(node)
  const inFront = text.slice(text.lastIndexOf('\n', node.startIndex - 1) + 1, node.startIndex)
  const trails = node.type.endsWith('comment') && inFront.trim() !== '' && above?.end !== start
  const isHashBang = node.startIndex === 0 && text.startsWith('#!')
  return trails || isHashBang ? undefined : { start: above?.start ?? start, end, endIndex: node.endIndex }
}
