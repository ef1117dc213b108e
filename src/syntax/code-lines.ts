import type { Node, Tree } from '@vscode/tree-sitter-wasm'
import { grammarOf } from './language.ts'
import { withTree } from './parse.ts'

/** Nodes whose text is not run, or only perhaps. */
const notCode = /comment|string|template|text|regex|heredoc|char|preproc_(?:if|elif|else)|^ERROR$/
const never = /^\(?\s*(?:false|False|0|null|None|nil)\s*\)?$/

/**
 * True when every one of these lines (counted from 1) begins with code that can run: not inside a comment, a string or a
 * branch that is switched off. False whenever that can't be told.
 */
export async function areCode(text: string, language: string, lines: readonly number[]): Promise<boolean> {
  const grammar = grammarOf(language)
  if (grammar === undefined || lines.length === 0) return false
  try {
    return (
      (await withTree(text, grammar, ({ tree }) => lines.every((line) => beginsWithCode(tree, text, line)))) ?? false
    )
  } catch {
    return false
  }
}

function beginsWithCode(tree: Tree, text: string, line: number): boolean {
  const content = text.split('\n', line)[line - 1]
  const column = content?.search(/\S/) ?? -1
  if (column < 0) return false
  const position = { row: line - 1, column }
  let node: Node | null = tree.rootNode.descendantForPosition(position)
  if (node === null || node.startPosition.row > position.row) return false
  for (; node !== null; node = node.parent) {
    if (notCode.test(node.type) || node.isMissing) return false
    const condition = node.childForFieldName('condition')
    if (condition !== null && never.test(condition.text)) return false
  }
  return true
}
