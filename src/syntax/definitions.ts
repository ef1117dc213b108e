import type { Tree, TreeCursor } from '@vscode/tree-sitter-wasm'
import { type Grammar, grammarOf } from './language.ts'
import { withTree } from './parse.ts'
import type { DefinitionKind, Named } from './rule.ts'
import { rules } from './rules.ts'

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

/** Nodes that belong to the definition below them. */
const leading = new Set([
  'comment',
  'line_comment',
  'block_comment',
  'decorator',
  'attribute_item',
  'attribute_declaration',
  'template_parameter_list',
  'requires_clause',
])

/** Nodes that a definition stands in alone: what is above them is above it. */
const wrappers = new Set([
  'export_statement',
  'lexical_declaration',
  'variable_declaration',
  'ambient_declaration',
  'expression_statement',
  'decorated_definition',
  'block',
  'type_declaration',
  'const_declaration',
  'var_declaration',
  'template_declaration',
])

const maxSignature = 200

/** The children of one node, while they are walked: `lead` is what may belong to the next definition. */
type Level = {
  type: string
  lead: { start: number; end: number } | undefined
  lastRow: number
  opened: boolean
  isWanted: boolean
}

type Open = { name: string; kind: DefinitionKind }

/**
 * What a text defines, in order. Broken code gives what can be read of it, an unknown language nothing; never throws.
 * With `lines`, only what those lie in, and what lies beside that: most of a file is then not walked.
 */
export async function definitionsOf(text: string, language: string, lines?: readonly number[]): Promise<Definition[]> {
  const grammar = grammarOf(language)
  if (grammar === undefined) return []
  try {
    const isWanted = lines ? holdsOneOf(lines) : () => true
    return (await withTree(text, grammar, (tree, deadline) => walk(tree, { text, grammar, isWanted, deadline }))) ?? []
  } catch {
    // The parser is a program of its own: whatever it trips over, the run goes on without definitions.
    return []
  }
}

/** The innermost definition that a line lies in. */
export function enclosing(definitions: readonly Definition[], line: number): Definition | undefined {
  return definitions.findLast(({ startLine, endLine }) => startLine <= line && line <= endLine)
}

type Test = (startLine: number, endLine: number) => boolean

/** Whether one of these lines lies between two, both included. */
function holdsOneOf(lines: readonly number[]): Test {
  const sorted = Int32Array.from(lines).sort()
  return (startLine, endLine) => {
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sorted[middle] ?? 0) < startLine) low = middle + 1
      else high = middle
    }
    return (sorted[low] ?? Infinity) <= endLine
  }
}

type Source = { text: string; grammar: Grammar; isWanted: Test; deadline: number }

function walk(tree: Tree, source: Source): Definition[] {
  const found: Definition[] = []
  const open: Open[] = []
  const levels: Level[] = []
  const cursor = tree.walk()
  const leave = () => {
    if (levels.pop()?.opened) open.pop()
  }
  try {
    for (let steps = 1; steps % 1024 !== 0 || performance.now() < source.deadline; steps += 1) {
      const level = visit(cursor, { source, found, open, levels })
      levels.push(level)
      if (level.isWanted && cursor.gotoFirstChild()) continue
      leave()
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return found
        leave()
      }
    }
    return found
  } finally {
    cursor.delete()
  }
}

type Walk = { source: Source; found: Definition[]; open: Open[]; levels: Level[] }

/** Takes up one node, and gives the level of its children. */
function visit(cursor: TreeCursor, state: Walk): Level {
  const { source, found, open, levels } = state
  const type = cursor.nodeType
  const level: Level = { type, lead: undefined, lastRow: -1, opened: false, isWanted: true }
  const siblings = levels.at(-1)
  if (siblings === undefined) return level
  const row = cursor.startPosition.row
  const end = cursor.endPosition
  // A comment that owns its line break ends in the first column of the next line.
  const endRow = end.column === 0 && end.row > row ? end.row - 1 : end.row

  const { lead } = siblings
  const start = lead !== undefined && lead.end >= row - 1 ? lead.start : row
  level.isWanted = source.isWanted(start + 1, endRow + 1)
  if (leading.has(type)) {
    // A comment behind code on its line is about that code, unless that is a decorator.
    const trails = type.endsWith('comment') && row === siblings.lastRow && lead?.end !== row
    siblings.lead = trails ? undefined : { start, end: endRow }
  } else if (cursor.nodeIsNamed) {
    siblings.lead = undefined
    const rule = Object.hasOwn(rules[source.grammar], type) ? rules[source.grammar][type] : undefined
    const named = rule?.(cursor.currentNode, { kind: open.at(-1)?.kind, path: levels.map((outer) => outer.type) })
    if (named !== undefined) {
      level.opened = true
      found.push(define(cursor, named, { state, startLine: start + 1, endLine: endRow + 1 }))
      open.push({ name: found.at(-1)?.name ?? '', kind: named.kind })
    } else if (wrappers.has(type)) {
      level.lead = { start, end: row }
    }
  }
  siblings.lastRow = endRow
  return level
}

type Lines = { state: Walk; startLine: number; endLine: number }

function define(cursor: TreeCursor, named: Named, { state, startLine, endLine }: Lines): Definition {
  const outer = state.open.at(-1)
  const separator = ['rust', 'cpp'].includes(state.source.grammar) ? '::' : '.'
  return {
    name: outer === undefined ? named.name : `${outer.name}${separator}${named.name}`,
    kind: named.kind,
    startLine,
    endLine,
    signature: signatureOf(cursor, named, state),
    depth: state.open.length,
  }
}

function signatureOf(cursor: TreeCursor, { at, kind }: Named, { source: { text } }: Walk): string {
  const node = cursor.currentNode
  const holder = ['value', 'right'].map((field) => node.childForFieldName(field)).find((value) => value !== null)
  const body = node.childForFieldName('body') ?? holder?.childForFieldName('body')
  const comment = body && node.namedChildren.find((child) => child?.type === 'comment')
  const lineStart = text.lastIndexOf('\n', at.startIndex - 1) + 1
  // Words such as `export const` are in front of the node; anything else there is other code.
  const start = /^[\s\w]*$/.test(text.slice(lineStart, node.startIndex)) ? lineStart : node.startIndex
  const end = Math.min(body?.startIndex ?? node.endIndex, comment?.startIndex ?? Infinity, start + 4 * maxSignature)
  const code = text.slice(start, end)
  const whole = body || kind === 'function' || kind === 'method' ? code : (code.trimStart().split('\n', 1)[0] ?? '')
  const line = whole
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\s*(=>|[{([:=;])$/, '')
  return line.length > maxSignature ? `${line.slice(0, maxSignature)}…` : line
}
